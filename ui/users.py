"""Who may use the page: names and hashed passwords, in a file that only its owner can read."""

import hashlib
import hmac
import json
import os
import re
import secrets
import sys
import unicodedata
from pathlib import Path

from rag.errors import WrongUsage
from rag.settings import Settings

N, R, P = 2**15, 8, 1  # scrypt's cost: 32 MB and a tenth of a second for each password that is tried
NOBODY = f"scrypt${N}${R}${P}${'0' * 32}${'0' * 64}"  # of a name that is not there: checked as long, never right
KEPT = re.compile(r"scrypt(\$\d{1,7}){3}\$[0-9a-f]{32}\$[0-9a-f]{64}")
SHORTEST, LONGEST = 8, 1024  # characters of a password
ADD = "python -m ui --add-user 이름"


def file_of(settings: Settings) -> Path:
    return Path(settings.users).expanduser() if settings.users else settings.index / "users.json"


def required(settings: Settings) -> bool:
    """Whether somebody has to log in. Raises WrongUsage where the file of those who may is named, but nobody stands in it."""
    there = bool(read(file_of(settings)))
    if settings.users and not there:
        raise WrongUsage(f"사용자 파일에 아무도 없습니다: {file_of(settings)}. 먼저: {ADD}")
    return there


def read(file: Path) -> dict[str, str]:
    """Hashed password by name; nobody where there is no file."""
    try:
        users = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, OSError) as error:
        raise WrongUsage(f"사용자 파일을 읽을 수 없습니다: {file} ({error}). 지우고 다시 만드세요: {ADD}") from error
    if not isinstance(users, dict) or not all(KEPT.fullmatch(str(kept)) for kept in users.values()):
        raise WrongUsage(f"사용자 파일이 아닙니다: {file}. 지우고 다시 만드세요: {ADD}")
    return users


def add(file: Path, name: str, password: str) -> None:
    """Let somebody in, or change a password. Raises WrongUsage for a name or password that will not do."""
    name, password = clean(name), clean(password)
    if not name or len(name) > 64 or ":" in name or not name.isprintable():
        raise WrongUsage("이름은 64자 안으로, 쌍점(:)과 보이지 않는 글자 없이 쓰세요.")
    if not SHORTEST <= len(password) <= LONGEST:
        raise WrongUsage(f"비밀번호는 {SHORTEST}자 이상 {LONGEST:,}자 이하여야 합니다. 다시: {ADD}")
    _write(file, read(file) | {name: hashed(password)})


def remove(file: Path, name: str) -> None:
    users = read(file)
    if users.pop(clean(name), None) is None:
        raise WrongUsage(f"그런 사용자가 없습니다: {name}. 있는 사용자: {', '.join(sorted(users)) or '없음'}")
    _write(file, users)


def _write(file: Path, users: dict[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.part")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        json.dump(users, opened, ensure_ascii=False, indent=1)
    os.replace(draft, file)


def clean(text: str) -> str:
    """A name or password as it is compared: a keyboard may give Hangul in parts."""
    return unicodedata.normalize("NFC", text).strip()


def hashed(password: str) -> str:
    salt = secrets.token_bytes(16)
    return f"scrypt${N}${R}${P}${salt.hex()}${_scrypt(password, salt, N, R, P).hex()}"


def fits(password: str, kept: str) -> bool:
    """Whether this is the password behind a hash that `hashed` made."""
    _, n, r, p, salt, key = kept.split("$")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt), int(n), int(r), int(p)), bytes.fromhex(key))


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(clean(password).encode(), salt=salt, n=n, r=r, p=p, dklen=32, maxmem=256 * n * r)


def asked_password() -> str:
    """A password from the keyboard, typed twice and not shown, or the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    from getpass import getpass

    password = getpass(f"비밀번호({SHORTEST}자 이상): ")
    if getpass("한 번 더: ") != password:
        raise WrongUsage(f"두 비밀번호가 다릅니다. 다시: {ADD}")
    return password
