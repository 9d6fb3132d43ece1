"""A chat model from its specification: `hf:NAME_OR_FOLDER` or `openai:URL#MODEL`."""

import ipaddress
import json
import socket
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from langchain_core.language_models import BaseChatModel

from rag.errors import ModelUnavailable, WrongUsage
from rag.model_store import KNOWN, check, folder_of
from rag.settings import Settings

OLLAMA = "http://127.0.0.1:11434"
CONNECT = 5.0  # seconds, each of three times
# what switches thinking off in Ollama, and in llama.cpp and vLLM; else a small model spends all its tokens on it
WITHOUT_THOUGHTS = {"reasoning_effort": "none", "chat_template_kwargs": {"enable_thinking": False}}


def chat_model(settings: Settings) -> BaseChatModel:
    """The model that `settings.llm` names. Raises ModelUnavailable or WrongUsage."""
    kind, _, name = settings.llm.partition(":")
    return local_model(name, settings) if kind == "hf" else server_model(name, settings)


def folder(name: str, settings: Settings) -> Path:
    """Where a model lies. Raises ModelUnavailable."""
    found = folder_of(settings.models, name)
    if found is None:
        raise ModelUnavailable(f"모델이 없습니다: {name}. 내려받기: python -m rag.models pull {name}")
    return found


def local_model(name: str, settings: Settings) -> BaseChatModel:
    """A model from a folder, or one that was fetched. Raises ModelUnavailable where it is not whole or too large."""
    place = folder(name, settings)
    check(place)
    from rag.local_llm import TransformersChat

    return TransformersChat.load(place, settings.device, settings.llm_tokens)


def server_model(spec: str, settings: Settings) -> BaseChatModel:
    """A model behind an OpenAI-compatible server on this machine or its private network."""
    url, _, model = spec.partition("#")
    try:
        parts = urlsplit(url)
        host, valid = parts.hostname, parts.port != 0 and parts.scheme in ("http", "https")
    except ValueError:
        host, valid = None, False
    if not (host and valid and model):
        raise WrongUsage(f"LLM 서버 지정이 틀렸습니다: {spec}. 예: openai:http://127.0.0.1:11434/v1#qwen3:4b")
    if not settings.allow_remote and not is_private(host):
        raise WrongUsage(f"{host}은 이 컴퓨터나 사설망의 주소가 아닙니다. 보고서 내용을 밖으로 보내도 된다면 "
                         "RAG_ALLOW_REMOTE=1을 주세요.")
    from httpx2 import HTTPTransport, Timeout
    from openai import DefaultHttpxClient
    from pydantic import SecretStr

    from rag.server_llm import ServerChat

    # neither a proxy of the environment nor a redirect may carry the reports elsewhere; tried again is only what did not connect
    client = DefaultHttpxClient(trust_env=settings.allow_remote, follow_redirects=False, transport=HTTPTransport(retries=2))
    wait = Timeout(settings.llm_timeout, connect=min(settings.llm_timeout, CONNECT))
    return ServerChat(base_url=url, model=model, api_key=SecretStr(settings.api_key or "none"), temperature=0,
                      max_tokens=settings.llm_tokens, timeout=wait, max_retries=0, streaming=True,
                      http_client=client, openai_proxy=None, extra_body=WITHOUT_THOUGHTS)


def is_private(host: str) -> bool:
    """Whether every address of a host lies on this machine or its private network."""
    try:
        addresses = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError) as error:
        raise ModelUnavailable(f"LLM 서버를 찾을 수 없습니다: {host}. 주소를 확인하세요.") from error
    return all(ipaddress.ip_address(str(a).partition("%")[0]).is_private for a in addresses)


def ollama() -> list[str]:
    """The models of an Ollama that runs on this machine; it is only offered, never used unasked."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{OLLAMA}/api/tags", timeout=0.5) as response:
            return [str(model["name"]) for model in json.load(response)["models"]]
    except (OSError, urllib.error.URLError, ValueError, KeyError, TypeError):
        return []


def chosen(settings: Settings, name: str) -> str:
    """The specification that a user means by `name`, once it was tried: all files held against their hashes, or a word from
    the server. Raises ModelUnavailable, WrongUsage."""
    if not name:
        raise WrongUsage("LLM을 적어 주세요. 예: openai:http://127.0.0.1:11434/v1#qwen3:4b")
    spec = name if name == "extractive" or name.startswith(("hf:", "openai:")) else f"hf:{name}"
    trying = replace(settings, llm=spec)
    if spec.startswith("hf:"):
        place = folder(spec[3:], settings)
        check(place, thoroughly=True)
        if spec[3:] not in KNOWN and Path(spec[3:]).expanduser().is_dir():
            return f"hf:{place.resolve()}"  # found again from anywhere
    elif spec.startswith("openai:"):
        chat_model(trying).invoke("안녕")  # answers, or says why not
    return spec
