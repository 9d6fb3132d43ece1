"""A small open LLM run on this machine by transformers, as a LangChain chat model."""

import re
import threading
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, PrivateAttr

from rag.errors import ModelUnavailable
from rag.prompts import THINKS

MEMORY = Path("/proc/meminfo")
ROLES = {"human": "user", "ai": "assistant", "system": "system"}
BRIEF, LONG = 800, 3000  # tokens of prompt: two cores read 50 to 100 of them a second with a model of 1.7B, a GPU thousands
# tokens that set a model's thoughts apart from its answer; all other special ones are no words
THOUGHTS = re.compile(rf"</?{THINKS}>|\[/?THINK\]|<\|?(?:channel|message|start|end)\|?>")
OPENED = re.compile(rf"(?:<({THINKS})>|(\[)THINK\])\s*\Z")  # a template that begins the thought itself


class TransformersChat(BaseChatModel):
    """Streams, stops within one token when its stream is closed, and runs one generation at a time."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model: Any
    tokenizer: Any
    max_tokens: int = 400
    brief: int = LONG  # tokens of prompt that it reads in a bearable time
    window: int | None = None  # tokens that it can hold, what it writes included
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
        chat = cls(model=model, tokenizer=tokenizer, max_tokens=max_tokens, brief=BRIEF if device == "cpu" else LONG,
                   window=getattr(model.config.get_text_config(), "max_position_embeddings", None))
        chat.prompt([SystemMessage("가"), HumanMessage("나")])
        model.generation_config.eos_token_id = chat.ends()
        return chat

    @property
    def _llm_type(self) -> str:
        return "transformers"

    def get_num_tokens(self, text: str) -> int:
        return len(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Any = None) -> int:
        return self.get_num_tokens(self.prompt(messages))

    def room(self, asked: int = 0) -> int:
        """Tokens of prompt that it is to read at most: as many as asked for, or by the device, and never more than it can."""
        return min(asked or self.brief, (self.window or 10**9) - self.max_tokens)

    def prompt(self, messages: list[BaseMessage]) -> str:
        """A conversation in the form of the model's own template, whose tokens nothing in the messages can be.

        Where the template takes no system role, or silently drops it, the rules open the first question; where it takes no
        earlier turns either, all is one question. A thought that the template opens is closed. Raises ModelUnavailable.
        """
        turns = [{"role": ROLES[message.type], "content": self._own.sub(lambda own: f"{own[0][0]} {own[0][1:]}", message.text).strip()}
                 for message in messages]
        texts = [turn["content"] for turn in turns]
        for told in (turns, [{"role": "user", "content": "\n\n".join(texts[:2])}, *turns[2:]],
                     [{"role": "user", "content": "\n\n".join(texts)}]):
            text = self._form(told, add_generation_prompt=True, enable_thinking=False)
            if all(content in text for content in texts):
                opened = OPENED.search(text, text.rindex(texts[-1]) + len(texts[-1]))
                return text + (f"</{opened[1]}>\n\n" if opened and opened[1] else "[/THINK]" if opened else "")
        raise ModelUnavailable("모델의 대화 틀에 질문을 넣을 수 없습니다. 다른 모델을 지정하세요: python -m rag.models list")

    def ends(self) -> list[int]:
        """The tokens that end an answer: those that the model names, and the one that its template puts behind an answer."""
        said, named = "다나가", self.model.generation_config.eos_token_id
        text = self._form([{"role": "user", "content": "가"}, {"role": "assistant", "content": said}])
        behind = self.tokenizer(text.partition(said)[2].strip(), add_special_tokens=False)["input_ids"][:1]
        return list(dict.fromkeys([*([named] if isinstance(named, int) else named or []), *(token for token in behind if token in self._special)]))

    def _form(self, turns: list[dict[str, str]], **how: bool) -> str:
        """The turns in the template's form; empty where it refuses them."""
        from jinja2 import TemplateError

        try:
            return self.tokenizer.apply_chat_template(turns, tokenize=False, **how)
        except (TemplateError, TypeError):
            return ""

    @cached_property
    def _special(self) -> dict[int, str]:
        return {number: token.content for number, token in self.tokenizer.added_tokens_decoder.items() if token.special}

    @cached_property
    def _own(self) -> re.Pattern[str]:
        """The model's special tokens as text, and those that look like one."""
        own = {*self._special.values(), *filter(re.compile(r"[<\[].*[>\]]").fullmatch, self.tokenizer.get_added_vocab())}
        return re.compile("|".join(map(re.escape, sorted((t for t in own if len(t) > 1), key=len, reverse=True))) or r"\Z\A")

    def _stream(self, messages: list[BaseMessage], stop: list[str] | None = None,
                run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        from transformers import StoppingCriteriaList, TextIteratorStreamer

        inputs = self.tokenizer(self.prompt(messages), add_special_tokens=False, return_tensors="pt").to(self.model.device)
        length = inputs["input_ids"].shape[1]
        if self.window and length + self.max_tokens > self.window:
            raise ModelUnavailable(f"질문과 대목이 {length:,}토큰이어서 이 모델이 한 번에 읽는 {self.window:,}토큰을 넘습니다. "
                                   "질문을 줄이거나 다른 모델을 지정하세요.")
        mute = [token for token in self._special.values() if not THOUGHTS.fullmatch(token)]
        stopped, failures = threading.Event(), []
        streamer = TextIteratorStreamer(self.tokenizer, skip_prompt=True, skip_special_tokens=False)

        def generate() -> None:
            try:
                with self._turn:
                    if not stopped.is_set():
                        self.model.generate(**inputs, streamer=streamer, max_new_tokens=self.max_tokens, do_sample=False,
                                            num_beams=1, pad_token_id=self.tokenizer.pad_token_id or 0, tokenizer=self.tokenizer,
                                            stopping_criteria=StoppingCriteriaList([lambda *_, **__: stopped.is_set()]))
            except BaseException as error:  # noqa: BLE001 raised again where the stream is read
                failures.append(error)
            finally:
                streamer.end()  # else the reader would wait for ever

        worker = threading.Thread(target=generate, daemon=True)
        worker.start()
        try:
            for text in streamer:  # the last piece may be empty, and is given too: LangChain refuses a stream of none
                for token in mute:
                    text = text.replace(token, "")
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
