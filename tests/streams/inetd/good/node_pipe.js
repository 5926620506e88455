/* A filter in Node: each client waits for an interpreter that starts slowly.
 *
 * Style: Node, standard input piped to standard output
 * Profile: concurrent
 */
"use strict";

process.stdin.on("error", () => process.exit());
process.stdout.on("error", () => process.exit());
process.stdin.pipe(process.stdout);
