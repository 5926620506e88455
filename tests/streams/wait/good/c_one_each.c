/* It serves one client and ends; inetd starts the next.
 *
 * Style: accept once, in C
 * Profile: sequential
 */

#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
	static char buffer[16384];
	ssize_t count, done, written;
	int fd = accept(0, NULL, NULL);

	if (fd < 0)
		return 0;
	while ((count = read(fd, buffer, sizeof buffer)) > 0)
		for (done = 0; done < count; done += written)
			if ((written = send(fd, buffer + done, (size_t)(count - done), MSG_NOSIGNAL)) <= 0)
				return 0;
	return 0;
}
