/* Bug: process.exit() is called when the input has ended, and what standard output still has to
 *     send is lost
 * Cause: pending-dropped-at-end
 * Also: half-close-ends-at-once
 * Profile: concurrent
 * Launch: inetd
 * Port: none
 */
process.stdin.on('data', (chunk) => {
  if (!process.stdout.write(chunk)) process.stdin.pause();
});
process.stdout.on('drain', () => process.stdin.resume());
process.stdout.on('error', () => process.exit(0));
process.stdin.on('error', () => process.exit(0));
process.stdin.on('end', () => process.exit(0));
