/* A filter: standard input to standard output.
 *
 * Style: Go, io.Copy
 * Profile: concurrent
 */
package main

import (
	"io"
	"os"
)

func main() {
	io.Copy(os.Stdout, os.Stdin)
}
