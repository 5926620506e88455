/* The count that write() returns is looked at only to see an error: it may be short.
 *
 * Clause: partial-send/interrupted-send
 * Trigger: a signal while write() waits for room; Linux puts up to 104 KB into one piece here
 * Profile: sequential
 * Grade: realistic
 * Cause: short-send-ignored
 */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	static char buffer[262144];
	ssize_t count;
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	signal(SIGPIPE, SIG_IGN);
	strncpy(address.sun_path, getenv("SOCKET_PATH"), sizeof address.sun_path - 1);
	unlink(address.sun_path);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 16))
		return 1;
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0) {
			usleep(50000);
			continue;
		}
		while ((count = read(fd, buffer, sizeof buffer)) > 0)
			if (write(fd, buffer, (size_t)count) < 0)
				break;
		close(fd);
	}
}
