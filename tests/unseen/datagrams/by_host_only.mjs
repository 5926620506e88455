/* Bug: clients are known by their host alone, so each answer goes to the port of the first client
 *     that came from there
 * Cause: answers-wrong-client
 * Profile: sequential
 * Transport: udp
 * Port: $PORT
 */
import { createSocket } from 'node:dgram';

class Registry {
  #clients = new Map();

  lookup(remote) {
    if (!this.#clients.has(remote.address)) {
      this.#clients.set(remote.address, { ...remote, since: Date.now() });
    }
    return this.#clients.get(remote.address);
  }
}

const registry = new Registry();
const server = createSocket({ type: 'udp4' }, (data, remote) => {
  const client = registry.lookup(remote);
  server.send(data, 0, data.length, client.port, client.address);
});
server.bind({ address: '127.0.0.1', port: +process.env.PORT });
