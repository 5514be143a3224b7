// A server on loopback that also tells what it counted, that turns away what is too much, and that ends when told to.
import http from 'node:http';

import { atOnce } from './environment.mjs';

export function serve(port, counts, answer) {
  const most = atOnce();
  let inside = 0;
  const server = http.createServer((req, res) => {
    if (req.url === '/_counts') {
      res.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      return res.end(JSON.stringify(counts));
    }
    if (inside >= most) {
      res.writeHead(503, { 'retry-after': '1', 'content-length': 0 });
      return res.end();
    }
    inside += 1;
    res.once('close', () => { inside -= 1; });
    return answer(req, res);
  });
  server.keepAliveTimeout = 65_000; // Node closes idle connections after 5 s, which is seen as resets by a load test
  server.listen(port, '127.0.0.1');
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      server.close(() => process.exit(0));
      server.closeAllConnections();
    });
  }
}
