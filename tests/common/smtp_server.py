"""A mail server for tests: takes mails on a port of loopback and prints the Message-ID of each that it
has taken, and the name by which the sender greeted. Standard input says how it behaves: ok, slow, later (451), never (554)."""

import asyncio
import email
import random
import sys

from aiosmtpd.smtp import SMTP


class Handler:
    mode = "ok"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mode == "later":
            return "451 4.3.2 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.mode == "never":
            return "554 5.7.1 refused"
        if self.mode == "slow":
            await asyncio.sleep(random.uniform(0.05, 0.3))
        # From here on it is ours, whatever becomes of the connection.
        print(email.message_from_bytes(envelope.content)["Message-ID"], session.host_name, flush=True)
        return "250 taken"


async def main(port):
    handler = Handler()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", port)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        handler.mode = line.strip()


asyncio.run(main(int(sys.argv[1])))
