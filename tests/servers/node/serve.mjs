// A server on loopback that also tells what it counted, and that ends when it is told to.
import http from 'node:http';

export function serve(port, counts, answer) {
  const server = http.createServer((req, res) => {
    if (req.url !== '/_counts') return answer(req, res);
    res.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    return res.end(JSON.stringify(counts));
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
