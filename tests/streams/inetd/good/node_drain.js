/* A filter in Node: each client waits for an interpreter that starts slowly.
 *
 * Style: Node, events of data, and a pause until what was written is taken
 * Profile: concurrent
 */
"use strict";

const { stdin, stdout } = process;

stdin.on("error", () => process.exit());
stdout.on("error", () => process.exit());
stdin.on("data", (chunk) => {
  if (!stdout.write(chunk)) {
    stdin.pause();
    stdout.once("drain", () => stdin.resume());
  }
});
stdin.on("end", () => stdout.end());
