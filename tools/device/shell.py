"""A unit's shell, over SSH: stock firmware with the algorithms of its day, or OpenWrt with an empty password."""

import asyncio
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

import asyncssh

from .errors import DeviceError

CONNECT_S = 8
ALIVE_S = 5  # silence before the unit is asked whether it is there; unanswered DEAD_AFTER times, the line is cut
DEAD_AFTER = 3
RUN_S = 60
ANSWER_MAX = 64 << 10
_CHUNK = 64 << 10
# Stock firmware of these units knows nothing newer (EAP610-Outdoor asks for ssh-rsa by name). What stands between
# laptop and unit is one cable; the unit's key is not known yet.
_HOST_KEYS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "rsa-sha2-256",
    "ssh-rsa",
)
_KEX = (
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group14-sha1",
    "diffie-hellman-group1-sha1",
)
_CIPHERS = ("chacha20-poly1305@openssh.com", "aes128-ctr", "aes256-ctr", "aes128-cbc", "3des-cbc")


@dataclass(frozen=True, slots=True)
class Login:
    """Where and as whom. An empty password is what OpenWrt has after it was flashed."""

    address: str
    user: str = "root"
    password: str = field(default="", repr=False)
    port: int = 22
    keys: tuple[str, ...] = ()  # files of private keys


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command said."""

    code: int
    text: str


class _Client(asyncssh.SSHClient):
    def __init__(self) -> None:
        self.banner = ""

    def auth_banner_received(self, msg: str, lang: str) -> None:
        self.banner = (self.banner + msg)[:ANSWER_MAX]


class Shell:
    """An open SSH connection; a context manager. Every method raises DeviceError with what to look at."""

    def __init__(self, login: Login) -> None:
        self.login = login
        self._runner = asyncio.Runner()
        self._client = _Client()
        try:
            self._connection = self._runner.run(self._connect())
        except DeviceError:
            self._runner.close()
            raise

    def __enter__(self) -> "Shell":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.abort()
        self._runner.close()

    @property
    def greeting(self) -> str:
        """The server's version and the banner before the login."""
        return f"{self._connection.get_extra_info('server_version', '')}\n{self._client.banner}"

    def run(self, command: str, seconds: float = RUN_S) -> Answer:
        """Run one command and wait for its end."""
        return self._runner.run(self._answered(command, seconds))

    def read(self, path: str) -> str:
        """The text of a file; empty where there is none."""
        answer = self.run(f"cat {shlex.quote(path)} 2>/dev/null")
        return answer.text if answer.code == 0 else ""

    def put(self, content: bytes, path: str, told: Callable[[float], None]) -> None:
        """Write a file on the unit by `cat`, since dropbear brings no sftp. `told` hears how much is there, 0 to 1."""
        self._runner.run(self._put(content, path, told))

    async def _connect(self) -> asyncssh.SSHClientConnection:
        login = self.login
        options: dict[str, object] = {"client_keys": list(login.keys)} if login.keys else {"client_keys": None}
        try:
            return await asyncio.wait_for(
                asyncssh.connect(
                    login.address,
                    login.port,
                    username=login.user,
                    password=login.password,
                    known_hosts=None,
                    config=None,
                    agent_path=None if not login.keys else (),
                    client_factory=lambda: self._client,
                    server_host_key_algs=list(_HOST_KEYS),
                    kex_algs=list(_KEX),
                    encryption_algs=list(_CIPHERS),
                    keepalive_interval=ALIVE_S,
                    keepalive_count_max=DEAD_AFTER,
                    **options,
                ),
                CONNECT_S,
            )
        except asyncssh.PermissionDenied as exc:
            raise DeviceError(f"{login.address} refuses user {login.user}: give its password, or --key") from exc
        except asyncssh.Error as exc:
            raise DeviceError(
                f"{login.address} and this computer find no common way to speak SSH: {exc.reason}"
            ) from exc
        except (OSError, TimeoutError) as exc:
            raise DeviceError(
                f"no SSH at {login.address}, port {login.port}: is SSH switched on, the cable in?"
            ) from exc

    async def _answered(self, command: str, seconds: float) -> Answer:
        try:
            done = await self._connection.run(command, encoding=None, timeout=seconds)
        except asyncssh.TimeoutError as exc:
            raise DeviceError(
                f"{self.login.address} did not answer for {seconds:.0f} s; look at its cable, and try again"
            ) from exc
        except (asyncssh.Error, OSError) as exc:
            raise DeviceError(f"the line to {self.login.address} was cut; try again") from exc
        said = b"".join(part for part in (done.stdout, done.stderr) if isinstance(part, bytes))[:ANSWER_MAX]
        return Answer(-1 if done.exit_status is None else int(done.exit_status), said.decode("utf-8", "replace"))

    async def _put(self, content: bytes, path: str, told: Callable[[float], None]) -> None:
        try:
            async with await self._connection.create_process(f"cat > {shlex.quote(path)}", encoding=None) as process:
                for start in range(0, len(content), _CHUNK):
                    process.stdin.write(content[start : start + _CHUNK])
                    await process.stdin.drain()
                    told(min(1.0, (start + _CHUNK) / len(content)))
                process.stdin.write_eof()
                done = await process.wait()
        except (asyncssh.Error, OSError) as exc:
            raise DeviceError(
                f"the line to {self.login.address} was cut in the middle of the upload; try again: nothing was written"
            ) from exc
        if done.exit_status:
            raise DeviceError(f"{self.login.address} has no room for the image: restart it and try again")
