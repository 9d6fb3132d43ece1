"""Model families, as their own templates and configurations tell them apart: all on the tiny model, under another's template."""

import json
import shutil

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from rag.errors import ModelUnavailable
from rag.local_llm import BRIEF, LONG, TransformersChat

TOLD = [SystemMessage("규칙이다."), HumanMessage("첫 물음"), AIMessage("첫 대답"), HumanMessage("둘째 물음")]
QWEN = """{%- for m in messages %}<|im_start|>{{ m.role }}
{{ m.content }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% if enable_thinking is defined and enable_thinking is false %}<think>

</think>

{% endif %}{% endif %}"""
GEMMA = """{%- if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}<bos>
{%- for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif -%}
<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}
{{ m.content | trim }}<end_of_turn>
{% endfor %}{% if add_generation_prompt %}<start_of_turn>model
{% endif %}"""
DEAF = """{%- for m in messages if m.role != 'system' %}[{{ m.role }}] {{ m.content }}</s>{% endfor %}"""  # drops the system silently
ONCE = """{%- if messages | length > 1 %}{{ raise_exception('one message only') }}{% endif %}### {{ messages[0].content }}
### Answer:"""
LLAMA = """{{ bos_token }}{%- for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>

{{ m.content }}<|eot_id|>{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>

{% endif %}"""


def opening(mark):
    return QWEN[:QWEN.index("{% if enable_thinking")] + mark + "{% endif %}"


@pytest.fixture
def family(tiny, tmp_path):
    """The tiny model under another template, with more special tokens and other settings of generation."""

    def family(template: str, *special: str, end: object = None, config: dict | None = None) -> TransformersChat:
        from transformers import AutoTokenizer

        folder = shutil.copytree(tiny, tmp_path / "family", dirs_exist_ok=True)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        tokenizer.add_tokens(list(special), special_tokens=True)
        tokenizer.chat_template, tokenizer.pad_token = template, None
        tokenizer.save_pretrained(folder)
        (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": end} if end is not None else {}))
        if config or end is None:
            stored = json.loads((folder / "config.json").read_text()) | {"eos_token_id": None, "pad_token_id": None} | (config or {})
            (folder / "config.json").write_text(json.dumps(stored))
        return TransformersChat.load(folder, "cpu", max_tokens=60)

    return family


@pytest.mark.parametrize(("template", "prompt"), [
    (QWEN, "<|im_start|>system\n규칙이다.<|im_end|>\n<|im_start|>user\n첫 물음<|im_end|>\n<|im_start|>assistant\n첫 대답<|im_end|>\n"
           "<|im_start|>user\n둘째 물음<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"),
    (GEMMA, "<bos><start_of_turn>user\n규칙이다.\n\n첫 물음<end_of_turn>\n<start_of_turn>model\n첫 대답<end_of_turn>\n"
            "<start_of_turn>user\n둘째 물음<end_of_turn>\n<start_of_turn>model\n"),
    (DEAF, "[user] 규칙이다.\n\n첫 물음</s>[assistant] 첫 대답</s>[user] 둘째 물음</s>"),
    (ONCE, "### 규칙이다.\n\n첫 물음\n\n첫 대답\n\n둘째 물음\n### Answer:"),
    (opening("<think>\n"), "<|im_start|>assistant\n<think>\n</think>\n\n"), (opening("<thought>\n"), "<thought>\n</thought>\n\n"),
    (opening("[THINK]"), "[THINK][/THINK]"),
], ids=["system and thoughts off", "no system, strict turns", "system dropped", "one message", "think opened", "thought opened", "THINK opened"])
def test_every_template_is_told_everything(family, template, prompt):
    assert family(template).prompt(TOLD).endswith(prompt)
    assert family(template).prompt(TOLD[:1] + TOLD[-1:]).count("둘째 물음") == 1


@pytest.mark.parametrize("template", ["{{ raise_exception('never') }}", "{% for m in messages %}{{ m.role }}{% endfor %}"])
def test_a_template_that_tells_nothing_is_an_error_of_ours(family, template):
    with pytest.raises(ModelUnavailable, match="대화 틀"):
        family(template)


@pytest.mark.parametrize(("template", "token"), [(QWEN, "<|im_end|>"), (GEMMA, "<end_of_turn>"), (DEAF, "</s>"), (LLAMA, "<|eot_id|>")])
def test_what_ends_a_turn_ends_an_answer(family, template, token):
    """Known from the template alone: the configuration names nothing."""
    chat = family(template, "<end_of_turn>", "</s>", "<|eot_id|>", "<bos>")
    assert chat.model.generation_config.eos_token_id == [chat.tokenizer.convert_tokens_to_ids(token)]


def test_every_end_that_the_configuration_lists_counts(family):
    word = 300
    chat = family(QWEN, end=[word, 301])
    end = chat.tokenizer.convert_tokens_to_ids("<|im_end|>")
    assert chat.model.generation_config.eos_token_id == [word, 301, end] and chat.tokenizer.pad_token_id is None
    told = [HumanMessage("아무 물음")]
    written = chat.tokenizer(chat.invoke(told).text)["input_ids"]
    chat.model.generation_config.eos_token_id = [written[0], 301, end]
    assert len(chat.tokenizer(chat.invoke(told).text)["input_ids"]) <= 1 < len(written), "stopped at the first of them"


def test_settings_of_generation_that_a_stream_cannot_have(family, tmp_path):
    chat = family(QWEN)
    folder = tmp_path / "family"
    (folder / "generation_config.json").write_text(json.dumps({"do_sample": True, "temperature": 0.7, "num_beams": 3, "stop_strings": ["@@"]}))
    again = TransformersChat.load(folder, "cpu", max_tokens=20)
    assert again.invoke(TOLD).text == TransformersChat(model=chat.model, tokenizer=chat.tokenizer, max_tokens=20).invoke(TOLD).text


def speaking(chat, text: str) -> str:
    """What comes out of a model that writes these tokens."""

    def generate(streamer, input_ids, **_):
        streamer.put(input_ids)
        for token in chat.tokenizer(text)["input_ids"]:
            import torch

            streamer.put(torch.tensor([token]))
        streamer.end()

    chat.model.generate = generate
    return "".join(piece.text for piece in chat.stream(TOLD))


def test_the_marks_of_a_thought_stay_and_other_special_tokens_go(family):
    from rag.prompts import spoken

    harmony = ("<|channel|>", "<|message|>", "<|start|>", "<|end|>", "<|return|>")
    said = speaking(family(QWEN, *harmony),
                    "<|channel|>analysis<|message|>매출은? 9조?<|end|><|start|>assistant<|channel|>final<|message|>답은 이것이다. [1]<|return|>")
    assert "<|return|>" not in said and spoken(said) == "답은 이것이다. [1]"
    said = speaking(family(QWEN, "[THINK]", "[/THINK]", "</s>"), "[THINK]매출은? 9조?[/THINK]답은 이것이다. [1]</s>")
    assert "</s>" not in said and spoken(said) == "답은 이것이다. [1]"
    assert speaking(family(QWEN), "답은 이것이다. [1]<|im_end|>") == "답은 이것이다. [1]"


def test_a_prompt_is_brief_on_a_processor_and_never_longer_than_the_model_holds(family):
    chat = family(QWEN)
    assert (chat.brief, chat.room(), chat.room(2000)) == (BRIEF, 800, 2000)
    assert TransformersChat(model=chat.model, tokenizer=chat.tokenizer).room() == LONG
    small = family(QWEN, config={"max_position_embeddings": 200})
    assert small.room() == small.room(2000) == 200 - small.max_tokens
    with pytest.raises(ModelUnavailable, match="200토큰을 넘습니다"):
        small.invoke([HumanMessage("가나다라 마바사 " * 100)])
    assert small.get_num_tokens_from_messages(TOLD) == len(small.tokenizer(small.prompt(TOLD))["input_ids"]) > small.get_num_tokens("둘째 물음")
