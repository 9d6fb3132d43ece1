"""A model behind any OpenAI-compatible server, as a LangChain chat model whose failures are ours."""

from collections.abc import Iterator
from typing import Any

from langchain_core.outputs import ChatGenerationChunk
from langchain_openai.chat_models.base import BaseChatOpenAI
from openai import OpenAIError

from rag.errors import ModelUnavailable


class ServerChat(BaseChatOpenAI):
    """LangChain's OpenAI client that raises ModelUnavailable where the server is down, slow or refuses."""

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        try:
            yield from super()._stream(*args, **kwargs)
        except OpenAIError as error:
            raise ModelUnavailable(f"LLM 서버가 답하지 않습니다({self.openai_api_base}, {type(error).__name__}: {error}). "
                                   "서버가 켜져 있는지, 모델 이름이 맞는지 확인하세요.") from error
