"""The page of the stock firmware of EAPs: log in, switch SSH on, upload an image.

Addresses and fields as eqvinox/eap615-flash (2023, an EAP615-Wall) speaks them: the password goes as MD5 in capital
letters; /data/sshServer.json, /data/firmware.set.json. No other model's page was at hand, so each answer is checked
and what is not understood is said; the way by hand stands in the error.
"""

import hashlib
import json
from types import TracebackType

import httpx

from .errors import DeviceError

ANSWER_S = 20
UPLOAD_S = 180
FILE_NAME = "footfall.bin"  # some pages take short names only
REFUSED = 50008  # errCode: the image was not taken
_BY_HAND = "Do it by hand in a browser"


class StockPage:
    """A session at a unit's page; a context manager. Every method raises DeviceError."""

    def __init__(self, address: str, port: int = 80) -> None:
        self.address = address
        host = f"[{address}]" if ":" in address else address
        origin = f"http://{host}" if port == 80 else f"http://{host}:{port}"
        self._http = httpx.Client(
            base_url=origin,
            timeout=ANSWER_S,
            follow_redirects=False,
            headers={"Referer": f"{origin}/", "Origin": origin, "X-Requested-With": "XMLHttpRequest"},
        )

    def __enter__(self) -> "StockPage":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def front(self) -> str:
        """The text of the first page."""
        return self._sent("GET", "/").text

    def log_in(self, user: str, password: str) -> None:
        """Open a session."""
        self.front()
        self._sent("POST", "/data/login.json", data={"operation": "read"})
        self._checked(self._sent("POST", "/", data={"username": user, "password": _hash(password)}), "the login")

    def first_login(self, user: str, password: str, new_password: str) -> None:
        """A unit as it comes from the box: log in with the maker's password, and set another, as its page demands."""
        self.log_in(user, password)
        account = {"newUserName": user, "newPwd": _hash(new_password), "confirmPwd": _hash(new_password)}
        said = {"operation": "skip", "data": json.dumps({"account": account, "timeZone": "0"})}
        self._checked(self._sent("POST", "/data/wizard.json", data=said), "the new password")

    def enable_ssh(self) -> None:
        """Switch the SSH server on, for this network only."""
        wanted = {"operation": "write", "remoteEnable": "false", "serverPort": "22", "sshServerEnable": "true"}
        self._checked(self._sent("POST", "/data/sshServer.json", data=wanted), "switching SSH on")

    def upload(self, image: bytes) -> None:
        """Give it the image and have it written."""
        files = {"image": (FILE_NAME, image, "application/octet-stream")}
        self._checked(self._sent("POST", "/data/firmware.set.json", files=files, timeout=UPLOAD_S), "the upload")
        answer = self._sent("GET", "/data/firmware.set.json", params={"operation": "update"}, timeout=UPLOAD_S)
        code = _fields(answer).get("errCode", 0)
        if code == REFUSED:
            raise DeviceError(f"its page refuses the image (error {REFUSED}): take one of a newer OpenWrt")
        if code != 0:
            raise DeviceError(f"its page does not write the image (error {code}). {_BY_HAND}: {self._http.base_url}")

    def _sent(self, verb: str, path: str, **what: object) -> httpx.Response:
        try:
            answer = self._http.request(verb, path, **what)  # type: ignore[arg-type]
        except httpx.TimeoutException as exc:
            raise DeviceError(f"the page at {self.address} does not answer: wait for its light to be steady") from exc
        except httpx.HTTPError as exc:
            raise DeviceError(f"no page at {self.address}: is the cable in, this computer in its network?") from exc
        if answer.status_code >= 400:
            raise DeviceError(f"its page answers {answer.status_code} at {path}. {_BY_HAND}: {self._http.base_url}")
        return answer

    def _checked(self, answer: httpx.Response, what: str) -> None:
        said = _fields(answer)
        if said.get("success", True) is not True or said.get("error", 0) != 0:
            raise DeviceError(f"its page refuses {what}: a wrong password, or another model's page. {_BY_HAND}")


def _hash(password: str) -> str:
    return hashlib.md5(password.encode(), usedforsecurity=False).hexdigest().upper()


def _fields(answer: httpx.Response) -> dict[str, object]:
    """The JSON object of an answer; empty where it is none: these pages give no content type."""
    try:
        said = json.loads(answer.text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
