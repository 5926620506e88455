/* What was read is taken for a string of C, so it ends at the first zero byte.
 *
 * Clause: identity/nul-bytes
 * Trigger: a zero byte
 * Profile: sequential
 * Grade: obvious
 * Cause: cut-at-nul
 */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int send_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t count = write(fd, data, size);
		if (count <= 0)
			return -1;
		data += count;
		size -= (size_t)count;
	}
	return 0;
}

int main(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char buffer[1025];
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
		while ((count = read(fd, buffer, sizeof buffer - 1)) > 0) {
			buffer[count] = '\0';
			if (send_all(fd, buffer, strlen(buffer)) < 0)
				break;
		}
		close(fd);
	}
}
