"""What the clients' test harnesses ask of a program called nats-server, started as they start it.

The binary runs through a symlink of that name: flags in all their spellings, the log on stderr, the
ports and pid files, -v and -t, signals and exit codes, and configurations as they write them.
A byte order mark is not claimed here: nats-server refuses it, Myelin skips it.

usage: harness_contract.py --server <path of the server's binary>
"""

import argparse
import asyncio
import contextlib
import json
import os
import pathlib
import re
import signal
import sys
import tempfile

from claims import Claims
from server import Server

WAIT_SECONDS = 10


async def run_once(program, *arguments, cwd=None):
    """Runs the program to its end: exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def file_text(path, part=""):
    """The file's text once it is there and has the part. Polled, as the harnesses themselves do."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            with contextlib.suppress(FileNotFoundError):
                text = path.read_text()
                if text and part in text:
                    return text
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def link(server):
    """A raw connection and the INFO it begins with."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        line = (await reader.readline()).decode()
        if not line.startswith("INFO "):
            raise RuntimeError(f"the first line is not INFO: {line!r}")
        yield reader, writer, json.loads(line[5:])
    finally:
        writer.close()


async def info(server):
    async with link(server) as (_, _, answer):
        return answer


async def told(server, *lines):
    """What the server answers to these lines and a PING, up to the PONG or the end."""
    async with link(server) as (reader, writer, _):
        writer.write("".join(line + "\r\n" for line in (*lines, "PING")).encode())
        answers = []
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            answers.append(line)
            if line == "PONG":
                break
        return answers


async def version_and_help(claims, program):
    for words in (["-v"], ["--version"], ["-version"], ["version"]):
        code, out, _ = await run_once(program, *words)
        found = re.fullmatch(r"nats-server: v(\d+)\.(\d+)\.(\d+)\n", out)
        claims.holds(
            code == 0 and found and tuple(map(int, found.groups())) >= (2, 14, 3),
            f"{words[0]} prints nats-server: v2.14.3 or newer",
            f"{code} {out!r}",
        )
    for words in (["-h"], ["--help"], ["help"]):
        code, out, _ = await run_once(program, *words)
        claims.holds(
            code == 0 and "Usage: nats-server [options]" in out, f"{words[0]} prints the usage", out
        )


async def bad_command_lines(claims, program):
    for words, complaint in (
        (["--nope"], "flag provided but not defined: -nope"),
        (["-nope=3"], "flag provided but not defined: -nope"),
        (["-p"], "flag needs an argument: -p"),
        (["--port", "abc"], 'invalid value "abc" for flag -port: parse error'),
        (["-D=maybe"], 'invalid boolean value "maybe" for -D: parse error'),
    ):
        code, out, err = await run_once(program, *words)
        claims.holds(
            code == 0 and err.strip() == complaint and "Usage: nats-server" in out,
            f"{' '.join(words)}: the complaint, the usage, exit code 0",
            f"{code} {err!r} {out[:60]!r}",
        )
    code, _, err = await run_once(program, "frob")
    claims.equal(
        (code, err.strip()),
        (1, 'nats-server: unrecognized command: "frob"'),
        "a word that is no command ends with 1",
    )


async def flag_spellings(claims, program):
    for address in (
        ("-a", "-p"),
        ("--addr", "--port"),
        ("-net=", "-port="),
        ("--net=", "--port="),
        ("-addr", "-p="),
    ):
        async with Server(program, address=address) as server:
            answer = await info(server)
            claims.equal(
                (answer["host"], answer["port"]),
                ("127.0.0.1", server.port),
                f"{address[0]} and {address[1]} say where to listen, -1 for any port",
            )
    for flag in ("-n", "--name", "-server_name", "--server_name"):
        async with Server(program, flag, "bay-7") as server:
            claims.equal((await info(server))["server_name"], "bay-7", f"{flag} names the server")
    for flags in (["--user", "ann", "--pass", "p"], ["-user=ann", "-pass=p"]):
        async with Server(program, *flags) as server:
            claims.holds((await info(server)).get("auth_required"), f"{flags[0]} asks for a log-in")
            fine = await told(server, 'CONNECT {"verbose":false,"user":"ann","pass":"p"}')
            claims.equal(fine, ["PONG"], "which lets the right one in")
            wrong = await told(server, 'CONNECT {"verbose":false,"user":"ann","pass":"q"}')
            claims.equal(wrong, ["-ERR 'Authorization Violation'"], "and no other")
    for flag in ("--auth", "-auth"):
        async with Server(program, flag, "t0ken") as server:
            fine = await told(server, 'CONNECT {"verbose":false,"auth_token":"t0ken"}')
            claims.equal(fine, ["PONG"], f"{flag} sets a token")


async def start_log(claims, program):
    async with Server(program) as server:
        lines = server.log
        stamp = rf"\[{server.pid}\] \d{{4}}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{{6}} \[INF\] "
        claims.holds(
            all(re.match(stamp, line) for line in lines),
            "each line on stderr has pid, time and level, and no colour",
            str(lines),
        )
        text = [re.sub(stamp, "", line) for line in lines]
        claims.equal(text[0], "Starting nats-server", "the first line says what starts")
        claims.holds(
            any(re.fullmatch(r"  Version:  \d+\.\d+\.\d+", line) for line in text),
            "the version is there",
            str(text),
        )
        claims.equal(
            text[-2:],
            [f"Listening for client connections on 127.0.0.1:{server.port}", "Server is ready"],
            "the last two say where it listens, and that it is ready",
        )
    async with Server(program, "-DV") as server:
        await told(
            server,
            'CONNECT {"verbose":false,"user":"u","pass":"hush"}',
            "SUB foo 1",
            "PUB foo 2",
            "hi",
        )
        for wanted in (r"\[TRC\].* <<- \[SUB foo 1\]$", r" <<- \[PUB foo 2\]$", r"->> \[PONG\]$"):
            await server.log_line(re.compile(wanted))
        claims.holds(True, "-DV traces each operation")
        claims.holds(
            not any("hush" in line for line in server.log), "but no password", str(server.log)
        )
        await server.log_line(re.compile(r"\[DBG\] 127\.0\.0\.1:\d+ - cid:\d+ - .*connection"))
        claims.holds(True, "and logs connections at debug level")


async def log_file(claims, program):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "server.log"
        process = await asyncio.create_subprocess_exec(
            *(program, "-a", "127.0.0.1", "-p", "-1", "-l", str(path)),
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            text = await file_text(path, "Server is ready")
            found = re.search(r"client connections on (\S+)", text)
            claims.holds(found, "-l writes the log to a file", text)
            path.rename(path.with_suffix(".old"))
            process.send_signal(signal.SIGUSR1)
            text = await file_text(path, "\n")
            claims.holds("File log re-opened" in text, "SIGUSR1 opens it anew", text)
        finally:
            process.kill()
            _, err = await process.communicate()
        claims.equal(err, b"", "and stderr stays silent")


async def ports_and_pid_files(claims, program):
    for flag in ("--ports_file_dir", "-ports_file_dir"):
        with tempfile.TemporaryDirectory() as folder:
            pid_flag = {"--ports_file_dir": "-P", "-ports_file_dir": "--pid"}[flag]
            pid_path = pathlib.Path(folder) / "server.pid"
            async with Server(program, flag, folder, pid_flag, str(pid_path)) as server:
                path = pathlib.Path(folder) / f"nats-server_{server.pid}.ports"
                ports = json.loads(await file_text(path, "}"))
                claims.equal(
                    ports,
                    {"nats": [f"nats://127.0.0.1:{server.port}"]},
                    f"{flag}: nats-server_<pid>.ports names the port",
                )
                claims.equal(
                    await file_text(pid_path), str(server.pid), f"{pid_flag}: a pid file"
                )
                await server.stop()
                claims.holds(not path.exists(), "the ports file goes with the server")


async def config_check(claims, program):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "a.conf"

        async def check(text, *words):
            path.write_text(text)
            return await run_once(program, *words, "-c", str(path), cwd=folder)

        code, _, err = await check("port: -1\n", "-t")
        claims.holds(
            code == 0
            and re.fullmatch(
                rf"nats-server: configuration file {path} is valid \(sha256:[0-9a-f]{{64}}\)\n", err
            ),
            "-t says that a configuration is valid",
            f"{code} {err!r}",
        )
        for words in (["-t"], []):
            name = "-t" if words else "a start"
            code, _, err = await check("port: -1\nnope: 1\n", *words)
            claims.equal(
                (code, err.strip()),
                (1, f'nats-server: {path}:2:1: unknown field "nope"'),
                f"{name} refuses an unknown field, with its position",
            )
            code, _, err = await check("port: -1\nx = [1\n", *words)
            claims.holds(
                code == 1 and "Parse error on line" in err,
                f"{name} refuses bad syntax",
                f"{code} {err!r}",
            )
            code, _, err = await check('port: -1\nmax_payload: "lots"\n', *words)
            claims.holds(
                code == 1 and f"{path}:2:" in err, f"{name} refuses a wrong type", f"{code} {err!r}"
            )
        code, _, err = await run_once(program, "-c", "missing.conf", cwd=folder)
        claims.equal(
            (code, err.strip()),
            (1, "nats-server: open missing.conf: no such file or directory"),
            "a missing configuration ends with 1",
        )
        code, _, err = await run_once(program, "-t")
        claims.holds(code == 1 and "-c, --config" in err, "-t alone ends with 1", f"{code} {err!r}")


async def port_in_use(claims, program):
    async with Server(program) as server:
        code, _, err = await run_once(program, "-a", "127.0.0.1", "-p", str(server.port))
        claims.holds(
            code == 1
            and f"[FTL] Error listening on port: 127.0.0.1:{server.port}, " in err
            and "address already in use" in err,
            "a port in use is fatal, and ends with 1",
            f"{code} {err!r}",
        )


async def signals(claims, program):
    for how, code in ((signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, -9)):
        async with Server(program) as server, link(server):
            claims.equal(await server.stop(how), code, f"{how.name} ends it with {code}")
            if how != signal.SIGKILL:
                last = server.log[-1]
                claims.holds(last.endswith("[INF] Server Exiting.."), "after saying so", last)
    async with Server(program) as server:
        claims.equal(await server.stop(signal.SIGUSR2), 0, "SIGUSR2 ends an idle server with 0")
        claims.holds(
            any("Entering lame duck mode" in line for line in server.log),
            "by way of lame duck mode",
        )
    async with Server(program) as server:
        server.signal(signal.SIGHUP)
        await server.log_line(re.compile(r"\[ERR\] .*can only reload config when a file is prov"))
        claims.equal(await told(server), ["PONG"], "SIGHUP without a configuration harms nothing")


async def reload(claims, program):
    config = "authorization { token: one }\n"
    async with Server(program, config=config) as server:

        async def outcome(token):
            return (await told(server, f'CONNECT {{"verbose":false,"auth_token":"{token}"}}'))[-1]

        claims.equal(await outcome("one"), "PONG", "a token of the configuration")
        server.write_config("authorization { token: two }\n")
        server.signal(signal.SIGHUP)
        await server.log_line(re.compile(r"\[INF\] Reloaded server configuration"))
        claims.equal(await outcome("two"), "PONG", "SIGHUP takes the new one")
        claims.equal(await outcome("one"), "-ERR 'Authorization Violation'", "and not the old")
        server.write_config("authorization { token: three }\nnope: 1\n")
        server.signal(signal.SIGHUP)
        await server.log_line(re.compile(r"\[ERR\] Failed to reload.*unknown field"))
        claims.equal(await outcome("two"), "PONG", "a bad configuration changes nothing")


async def signal_flag(claims, program):
    async with Server(program, config="max_payload: 4096\n") as server:
        server.write_config("max_payload: 8192\n")
        code, out, err = await run_once(program, "--signal", f"reload={server.pid}")
        claims.equal((code, out, err), (0, "", ""), "--signal reload=<pid> is silent, code 0")
        await server.log_line(re.compile(r"\[INF\] Reloaded server configuration"))
        claims.equal((await info(server))["max_payload"], 8192, "and reloads the server")
        code, _, _ = await run_once(program, "--signal", f"ldm={server.pid}")
        claims.equal((code, await server.ended()), (0, 0), "--signal ldm=<pid> retires it")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "pid")
        async with Server(program, "-P", path) as server:
            code, _, _ = await run_once(program, f"-sl=quit={path}")
            claims.equal((code, await server.ended()), (0, 0), "-sl=quit=<pid file> ends it")
    for words, complaint in (
        ("frob=1", 'unknown signal "frob"'),
        ("stop=nonsense", "invalid pid: nonsense"),
    ):
        code, _, err = await run_once(program, "--signal", words)
        claims.equal((code, err.strip()), (1, f"nats-server: {complaint}"), f"--signal {words}")


CONFIGS = {
    "a JSON document": '{ "server_name": "it", "max_payload": 131072, "host": "127.0.0.1" }',
    "JSON over several lines": '{\n  "server_name": "it",\n  "max_payload": 131072\n}\n',
    "= and :": "server_name = it\nmax_payload: 131072\n",
    "sizes": 'server_name: "it"\nmax_payload: 128KB\n',
    "IEC sizes": "server_name: 'it'\nmax_payload: 128KiB\n",
    "semicolons": "server_name: it; max_payload: 128kb; ping_interval: \"100ms\"; ping_max: 3\n",
    "comments": "# one\nserver_name: it // two\nmax_payload: 128KB # three\n",
    "variables": "SIZE: 128KB\nserver_name: it\nmax_payload: $SIZE\n",
    "upper-case keys": "SERVER_NAME: it\nMax_Payload: 128KB\n",
    "carriage returns": "server_name: it\r\nmax_payload: 128KB\r\n",
    "tags": "server_tags: [id:XYZ, az:1]\nserver_name: it\nmax_payload: 128KB\n",
    "a block on several lines": (
        "authorization {\n  timeout: \"2s\"\n}\nserver_name: it\nmax_payload: 128KB\n"
    ),
}


async def configurations(claims, program):
    for name, config in CONFIGS.items():
        async with Server(program, config=config) as server:
            answer = await info(server)
            claims.equal(
                (answer["server_name"], answer["max_payload"]),
                ("it", 131072),
                f"understood: {name}",
            )
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "parts").mkdir()
        (folder / "main.conf").write_text("include parts/limits.conf\nserver_name: it\n")
        (folder / "parts/limits.conf").write_text("max_payload: 128KB\n")
        for words in (["-c"], ["-config"], ["--config"]):
            async with Server(program, *words, str(folder / "main.conf")) as server:
                claims.equal(
                    (await info(server))["max_payload"], 131072, f"{words[0]} follows an include"
                )
    config = "port: 1\nhost: 192.0.2.1\nserver_name: it\n"
    async with Server(program, "-n", "flag", config=config) as server:
        claims.equal((await info(server))["server_name"], "flag", "a flag outranks a configuration")
    async with Server(program, config="listen: 127.0.0.1:-1\n", address=()) as server:
        claims.equal((await info(server))["port"], server.port, "listen: 127.0.0.1:-1")
    async with Server(program, config='net: "127.0.0.1"\nport: -1\n', address=()) as server:
        claims.equal((await info(server))["host"], "127.0.0.1", "net is another word for host")


async def main(binary):
    claims = Claims()
    with tempfile.TemporaryDirectory(prefix="myelin-interop-") as folder:
        program = os.path.join(folder, "nats-server")
        os.symlink(os.path.abspath(binary), program)
        for scenario in (
            version_and_help,
            bad_command_lines,
            flag_spellings,
            start_log,
            log_file,
            ports_and_pid_files,
            config_check,
            port_in_use,
            signals,
            reload,
            signal_flag,
            configurations,
        ):
            await claims.run(scenario, program)
    return claims.exit_code()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--server", required=True)
    sys.exit(asyncio.run(main(arguments.parse_args().server)))
