"""A small open LLM run on this machine by transformers, as a LangChain chat model."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, PrivateAttr

from rag.errors import ModelUnavailable

MEMORY = Path("/proc/meminfo")
ROLES = {"human": "user", "ai": "assistant", "system": "system"}


class TransformersChat(BaseChatModel):
    """Streams, stops within one token when its stream is closed, and runs one generation at a time."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model: Any
    tokenizer: Any
    max_tokens: int = 400
    _turn: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @classmethod
    def load(cls, folder: Path, device: str = "auto", max_tokens: int = 400) -> "TransformersChat":
        """The model of a folder: safetensors only, no code from it, nothing fetched. Raises ModelUnavailable."""
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        # on a processor without bfloat16 arithmetic that type is several times slower than float32
        fast = device != "cpu" or torch.cpu.get_capabilities().get("avx512_bf16", False)
        needed = sum(file.stat().st_size for file in folder.glob("*.safetensors")) * (1 if fast else 2)
        free = torch.cuda.mem_get_info()[0] if device == "cuda" else available()
        if free is not None and needed > free:
            raise ModelUnavailable(f"모델이 메모리보다 큽니다: {needed / 1e9:.1f} GB가 필요한데 {free / 1e9:.1f} GB가 남아 있습니다. "
                                   "더 작은 모델을 고르세요: python -m rag.models list")
        try:
            tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
            if tokenizer.chat_template is not None:
                tokenizer.apply_chat_template([{"role": "system", "content": "가"}, {"role": "user", "content": "나"}])
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False, use_safetensors=True,
                dtype=torch.bfloat16 if fast else torch.float32, output_loading_info=True)
            model, report = loaded
            model.eval().to(device)
        except Exception as error:  # noqa: BLE001 a folder of any origin fails in as many ways as there are libraries
            raise ModelUnavailable(f"모델을 열 수 없습니다: {folder} ({str(error)[:200]}). "
                                   "다시 내려받거나 다른 모델을 지정하세요.") from error
        if tokenizer.chat_template is None:
            raise ModelUnavailable(f"대화용 모델이 아닙니다(대화 틀이 없음): {folder}. Instruct 모델을 지정하세요.")
        if report["missing_keys"] or not tokenizer("가")["input_ids"]:
            raise ModelUnavailable(f"모델 폴더에 빠진 것이 있습니다: {folder}. 다시 내려받으세요.")
        return cls(model=model, tokenizer=tokenizer, max_tokens=max_tokens)

    @property
    def _llm_type(self) -> str:
        return "transformers"

    def get_num_tokens(self, text: str) -> int:
        return len(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def _stream(self, messages: list[BaseMessage], stop: list[str] | None = None,
                run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        from transformers import StoppingCriteriaList, TextIteratorStreamer

        inputs = self.tokenizer.apply_chat_template(
            [{"role": ROLES[message.type], "content": message.text} for message in messages],
            add_generation_prompt=True, return_tensors="pt", return_dict=True, enable_thinking=False)
        inputs = inputs.to(self.model.device)
        stopped, failures = threading.Event(), []
        streamer = TextIteratorStreamer(self.tokenizer, skip_prompt=True, skip_special_tokens=True)

        def generate() -> None:
            try:
                with self._turn:
                    if not stopped.is_set():
                        self.model.generate(**inputs, streamer=streamer, max_new_tokens=self.max_tokens, do_sample=False,
                                            pad_token_id=self.tokenizer.eos_token_id,
                                            stopping_criteria=StoppingCriteriaList([lambda *_, **__: stopped.is_set()]))
            except BaseException as error:  # noqa: BLE001 raised again where the stream is read
                failures.append(error)
            finally:
                streamer.end()  # else the reader would wait for ever

        worker = threading.Thread(target=generate, daemon=True)
        worker.start()
        try:
            for text in streamer:  # the last piece may be empty, and is given too: LangChain refuses a stream of none
                chunk = ChatGenerationChunk(message=AIMessageChunk(content=text))
                if run_manager:
                    run_manager.on_llm_new_token(text, chunk=chunk)
                yield chunk
            if failures and isinstance(failures[0], RuntimeError):  # torch's, out of memory above all
                raise ModelUnavailable(f"모델이 답을 쓰다가 멈췄습니다({str(failures[0])[:200]}). 메모리가 모자라면 "
                                       "더 작은 모델을 지정하세요.") from failures[0]
            if failures:
                raise failures[0]
        finally:
            stopped.set()
            worker.join(timeout=10)

    def _generate(self, messages: list[BaseMessage], stop: list[str] | None = None,
                  run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any) -> ChatResult:
        text = "".join(chunk.text for chunk in self._stream(messages, stop, run_manager, **kwargs))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])


def available() -> int | None:
    """Bytes of memory that a process may still take; None where the system does not say."""
    if not MEMORY.is_file():
        return None
    lines = (line.split() for line in MEMORY.read_text().splitlines())
    return next((int(line[1]) * 1024 for line in lines if line[0] == "MemAvailable:"), None)
