/* Bug: the answer is written with stdio, which keeps it until 4,096 bytes are together or the
 *     program ends: fflush() is missing
 * Cause: not-flushed
 * Also: waits-for-full-buffer, waits-for-end
 * Profile: concurrent
 * Launch: inetd
 * Port: none
 */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    char block[1024];
    ssize_t n;

    while ((n = read(STDIN_FILENO, block, sizeof block)) > 0)
        if (fwrite(block, 1, (size_t)n, stdout) < (size_t)n)
            return 1;
    return n < 0;
}
