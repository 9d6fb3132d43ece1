"""A model behind any OpenAI-compatible server, as a LangChain chat model whose failures are ours."""

from collections.abc import Iterator
from typing import Any

from langchain_core.outputs import ChatGenerationChunk
from langchain_openai.chat_models.base import BaseChatOpenAI
from openai import BadRequestError, OpenAIError, UnprocessableEntityError

from rag.errors import ModelUnavailable

PIECES = 4  # of a stream for each token that a model may write, thoughts included


class ServerChat(BaseChatOpenAI):
    """LangChain's OpenAI client that raises ModelUnavailable where the server is down, slow, refuses or talks junk.

    What `extra_body` asks for beyond the protocol is left out from then on where the server refuses it.
    """

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        pieces, ended = 0, False
        try:
            for pieces, chunk in enumerate(super()._stream(*args, **kwargs), 1):
                ended = ended or "finish_reason" in (chunk.generation_info or {})
                yield chunk
                if pieces > PIECES * (self.max_tokens or 1):  # a server that keeps to no limit
                    return
        except OpenAIError as error:
            if self.extra_body and isinstance(error, (BadRequestError, UnprocessableEntityError)):
                self.extra_body = None
                yield from self._stream(*args, **kwargs)
                return
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            raise self._failed("답하지 않습니다", reason, "서버가 켜져 있는지, 모델 이름이 맞는지") from error
        except (ValueError, TypeError, AttributeError, KeyError) as error:  # from within the client: it reads unchecked
            raise self._failed("OpenAI 방식으로 답하지 않습니다", "", "주소가 맞는지, /v1까지 적었는지") from error
        if not pieces:
            raise self._failed("OpenAI 방식으로 답하지 않습니다", "", "주소가 맞는지, /v1까지 적었는지")
        if not ended:
            raise self._failed("답하지 않습니다", "답하다가 끊겼습니다", "서버가 켜져 있는지")

    def _failed(self, what: str, reason: str, look: str) -> ModelUnavailable:
        where = ", ".join(filter(None, (str(self.openai_api_base), reason)))
        return ModelUnavailable(f"LLM 서버가 {what}({where}). {look} 확인하세요.")
