import http.server

count = 0


class Metrics(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global count
        count += 1
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(f"# TYPE asked_total counter\nasked_total {count}\n".encode())


http.server.ThreadingHTTPServer(("", 8000), Metrics).serve_forever()
