/* A filter: standard input to standard output.
 *
 * Style: read and write, in C
 * Profile: concurrent
 */

#include <unistd.h>

int main(void)
{
	static char buffer[16384];
	ssize_t count, done, written;

	while ((count = read(0, buffer, sizeof buffer)) > 0)
		for (done = 0; done < count; done += written)
			if ((written = write(1, buffer + done, (size_t)(count - done))) <= 0)
				return 1;
	return count < 0;
}
