import http.server, socket, sys


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = f"answered by {socket.gethostname()}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_HEAD = do_GET


http.server.ThreadingHTTPServer(("", int(sys.argv[1])), Answer).serve_forever()
