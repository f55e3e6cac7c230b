"""What a program does with docker-py, all of it against the engine that DOCKER_HOST names.

Arguments: name of an image with busybox. Ends with 0 when everything was as it should be.
"""

import io
import sys
import tarfile
import threading
import time

import docker
from docker.errors import APIError, ContainerError, ImageNotFound, NotFound

IMAGE = sys.argv[1]
client = docker.from_env(version="auto", timeout=120)
api = client.api


def archive(**files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def raises(kind, work):
    try:
        work()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


def system():
    assert client.ping()
    assert client.version()["ApiVersion"] == "1.51"
    info = client.info()
    assert info["OSType"] == "linux" and info["Swarm"]["LocalNodeState"] == "inactive"
    assert {"Images", "Containers", "Volumes"} <= set(client.df())
    assert raises(APIError, lambda: client.swarm.attrs or client.services.list()).response.status_code == 503
    assert client.plugins.list() == []


def images():
    image = client.images.get(IMAGE)
    assert IMAGE in image.tags
    assert image.tag("test/second", tag="v1")
    assert "test/second:v1" in client.images.get("test/second:v1").tags
    assert [found.id for found in client.images.list("test/second")] == [image.id]
    saved = b"".join(client.images.get("test/second:v1").save(named=True))
    client.images.remove("test/second:v1")
    raises(ImageNotFound, lambda: client.images.get("test/second:v1"))
    assert [loaded.id for loaded in client.images.load(saved)] == [image.id]
    client.images.remove("test/second:v1")
    assert image.history()[0]["Id"] == image.id
    raises(ImageNotFound, lambda: client.containers.create("test/missing:v1"))


def runs():
    assert client.containers.run(IMAGE, ["echo", "hello"], remove=True) == b"hello\n"
    error = raises(ContainerError, lambda: client.containers.run(IMAGE, "sh -c 'echo bad >&2; exit 3'", remove=True))
    assert error.exit_status == 3 and error.stderr == b"bad\n", error
    container = client.containers.run(
        IMAGE,
        "sh -c 'i=0; while true; do i=$((i+1)); echo line $i; sleep 0.2; done'",
        detach=True,
        name="worker",
        environment={"A": "1"},
        labels={"kind": "worker"},
        mem_limit="64m",
        pids_limit=64,
        healthcheck={"test": ["CMD", "true"], "interval": 10**9},
        restart_policy={"Name": "on-failure", "MaximumRetryCount": 2},
        ulimits=[docker.types.Ulimit(name="nofile", soft=512, hard=512)],
        init=True,
    )
    lines = container.logs(stream=True, follow=True)
    assert next(lines) == b"line 1\n"
    assert next(lines) == b"line 2\n"
    lines.close()
    assert client.containers.get("worker").status == "running"
    assert [found.id for found in client.containers.list(filters={"label": "kind=worker"})] == [container.id]
    assert b"line 1" in container.logs(timestamps=True, tail="all", since=int(time.time()) - 100)
    assert any("sleep" in " ".join(row) or "sh" in " ".join(row) for row in container.top()["Processes"])
    container.rename("renamed")
    container.pause()
    container.reload()
    assert container.status == "paused"
    container.unpause()
    container.update(mem_limit="96m", memswap_limit="192m")
    container.reload()
    # Without control groups no limit is kept, nor shown.
    assert container.attrs["HostConfig"]["Memory"] == (96 * 1024 * 1024 if client.info()["MemoryLimit"] else 0)
    stats = container.stats(stream=False)
    assert stats["name"] == "/renamed" and "cpu_stats" in stats and "precpu_stats" in stats
    stream = container.stats(stream=True, decode=True)
    assert next(stream)["id"] == container.id
    stream.close()
    container.restart(timeout=0)
    container.stop(timeout=0)
    assert container.wait()["StatusCode"] in (137, 143)
    container.remove()
    raises(NotFound, lambda: client.containers.get("renamed"))


def exactly(sock, length):
    """A socket is not buffered: header and text may come one after the other."""
    read = b""
    while len(read) < length:
        read += sock.read(length - len(read))
    return read


def execs():
    container = client.containers.run(IMAGE, "sleep 300", detach=True)
    code, output = container.exec_run("sh -c 'echo out; echo err >&2; exit 5'", demux=True)
    assert (code, output) == (5, (b"out\n", b"err\n")), (code, output)
    code, output = container.exec_run("sh -c 'id -u; pwd; echo $NAME'", user="app", workdir="/tmp", environment={"NAME": "x"})
    assert (code, output) == (0, b"1000\n/tmp\nx\n"), (code, output)
    _, output = container.exec_run("tty", tty=True)
    assert output.strip() == b"/dev/pts/0" or output.startswith(b"/dev/"), output
    _, chunks = container.exec_run("sh -c 'echo 1; sleep 0.2; echo 2'", stream=True)
    assert b"".join(chunks) == b"1\n2\n"
    _, sock = container.exec_run("cat", stdin=True, socket=True)
    sock._sock.sendall(b"through a socket\n")
    assert exactly(sock, 8 + 17)[8:] == b"through a socket\n"
    sock.close()
    created = api.exec_create(container.id, "sleep 1")
    api.exec_start(created["Id"], detach=True)
    assert api.exec_inspect(created["Id"])["Running"] is True
    container.remove(force=True)


def attaches():
    container = client.containers.create(IMAGE, "cat", stdin_open=True)
    sock = container.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
    container.start()
    sock._sock.sendall(b"to cat\n")
    assert exactly(sock, 8 + 7)[8:] == b"to cat\n"
    sock.close()
    container.remove(force=True)
    container = client.containers.create(IMAGE, "cat", stdin_open=True, tty=True)
    sock = container.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
    container.start()
    container.resize(30, 100)
    sock._sock.sendall(b"typed\n")
    assert exactly(sock, 7) == b"typed\r\n"
    sock.close()
    container.remove(force=True)


def archives():
    container = client.containers.create(IMAGE, "cat /root/one")
    assert container.put_archive("/root", archive(one="first", two="second"))
    stream, stat = container.get_archive("/root/two")
    assert stat["name"] == "two" and stat["size"] == 6
    with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as tar:
        assert tar.extractfile("two").read() == b"second"
    raises(NotFound, lambda: container.get_archive("/none"))
    assert {"Path": "/root/one", "Kind": 1} in container.diff()
    container.start()
    container.wait()
    assert container.logs() == b"first"
    with tarfile.open(fileobj=io.BytesIO(b"".join(container.export()))) as tar:
        assert "root/one" in [name.lstrip("./") for name in tar.getnames()]
    image = container.commit("test/committed", tag="v1", message="with files", changes='CMD ["cat", "/root/two"]')
    assert client.containers.run(image.id, remove=True) == b"second"
    container.remove()
    client.images.remove("test/committed:v1")
    client.images.get(IMAGE)


def networks_and_volumes():
    pool = docker.types.IPAMPool(subnet="10.213.7.0/24", gateway="10.213.7.1")
    network = client.networks.create("inner", internal=True, labels={"a": "b"}, ipam=docker.types.IPAMConfig(pool_configs=[pool]))
    volume = client.volumes.create("kept", labels={"a": "b"})
    server = client.containers.run(
        IMAGE,
        "httpd -f -p 80 -h /data",
        detach=True,
        name="server",
        volumes={"kept": {"bind": "/data", "mode": "rw"}},
    )
    server.exec_run("sh -c 'echo value > /data/file'")
    network.connect(server, aliases=["web"], ipv4_address="10.213.7.9")
    network.reload()
    assert [found.name for found in network.containers] == ["server"]
    read = client.containers.run(IMAGE, "wget -q -O - http://web/file", network="inner", remove=True)
    assert read == b"value\n"
    server.reload()
    assert server.attrs["NetworkSettings"]["Networks"]["inner"]["IPAddress"] == "10.213.7.9"
    assert raises(APIError, lambda: volume.remove()).response.status_code == 409
    network.disconnect(server)
    mounts = [docker.types.Mount("/mnt", "kept", read_only=True), docker.types.Mount("/scratch", None, type="tmpfs")]
    assert client.containers.run(IMAGE, "cat /mnt/file", mounts=mounts, remove=True) == b"value\n"
    server.remove(force=True)
    volume.remove()
    network.remove()
    published = client.containers.run(IMAGE, "httpd -f -p 80", detach=True, ports={"80/tcp": ("127.0.0.1", None)})
    published.reload()
    assert int(published.ports["80/tcp"][0]["HostPort"]) > 0
    published.remove(force=True)
    assert client.networks.prune().get("NetworksDeleted") in (None, [])
    assert "SpaceReclaimed" in client.volumes.prune()


def events():
    since = int(time.time()) - 1
    seen = []
    stream = client.events(decode=True, filters={"type": "container", "label": "observed=yes"})

    def read():
        for event in stream:
            seen.append(event["Action"])
            if event["Action"] == "destroy":
                return

    reader = threading.Thread(target=read)
    reader.start()
    time.sleep(0.3)
    client.containers.run(IMAGE, "true", labels={"observed": "yes"}, remove=True)
    reader.join(15)
    assert not reader.is_alive()
    stream.close()
    order = ["create", "start", "die", "destroy"]
    assert [action for action in seen if action in order] == order, seen
    again = [event["Action"] for event in client.events(decode=True, since=since, until=int(time.time()) + 1,
                                                       filters={"label": "observed=yes", "type": "container"})]
    assert again == seen, (again, seen)


for part in (system, images, runs, execs, attaches, archives, networks_and_volumes, events):
    part()
    print("passed:", part.__name__, flush=True)
client.close()
