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
        spoken = 0
        try:
            for chunk in super()._stream(*args, **kwargs):
                spoken += 1
                yield chunk
                if spoken > PIECES * (self.max_tokens or 1):  # a server that keeps to no limit
                    return
        except (BadRequestError, UnprocessableEntityError) as error:
            if not self.extra_body:
                raise self._refused(error) from error
            self.extra_body = None
            yield from self._stream(*args, **kwargs)
            return
        except OpenAIError as error:
            raise self._refused(error) from error
        except (ValueError, TypeError, AttributeError, KeyError) as error:  # from within the client: it reads unchecked
            raise self._no_server() from error
        if not spoken:
            raise self._no_server()

    def _refused(self, error: OpenAIError) -> ModelUnavailable:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        return ModelUnavailable(f"LLM 서버가 답하지 않습니다({self.openai_api_base}, {reason}). "
                                "서버가 켜져 있는지, 모델 이름이 맞는지 확인하세요.")

    def _no_server(self) -> ModelUnavailable:
        return ModelUnavailable(f"LLM 서버가 OpenAI 방식으로 답하지 않습니다({self.openai_api_base}). "
                                "주소가 맞는지, /v1까지 적었는지 확인하세요.")
