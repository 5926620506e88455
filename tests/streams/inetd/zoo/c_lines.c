/* fgets() reads lines: what has no newline waits, and a zero byte ends what is sent of a line.
 *
 * Clause: chunking/prompt
 * Trigger: a message without a newline
 * Profile: concurrent
 * Grade: realistic
 * Cause: waits-for-newline
 * Beside: cut-at-nul
 */

#include <stdio.h>

int main(void)
{
	char line[4096];

	while (fgets(line, sizeof line, stdin)) {
		fputs(line, stdout);
		fflush(stdout);
	}
	return 0;
}
