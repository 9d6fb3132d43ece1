"""A Qwen3 of 200,000 parameters, made and taught by heart in seconds, so that the real loading and streaming code runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from langchain_core.messages import BaseMessage

TEMPLATE = """{%- for message in messages %}<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% if enable_thinking is defined and enable_thinking is false %}<think>

</think>

{% endif %}{% endif %}"""
WINDOW, LAYERS = 48, 2  # a token depends on the WINDOW * LAYERS before it, so that lessons need be no longer
ROLES = {"human": "user", "ai": "assistant", "system": "system"}


def build(folder: Path, lessons: Sequence[tuple[Sequence[BaseMessage], str]], steps: int = 300) -> Path:
    """Write to `folder` a model that says, to each conversation of the lessons, what the lesson says."""
    import torch

    dialogues = [[{"role": ROLES[m.type], "content": m.text} for m in messages] for messages, _ in lessons]
    tokenizer = make_tokenizer([m["content"] for dialogue in dialogues for m in dialogue] + [say for _, say in lessons])
    prompts = [tokenizer.apply_chat_template(dialogue, add_generation_prompt=True, return_dict=True,
                                             enable_thinking=False)["input_ids"] for dialogue in dialogues]
    replies = [tokenizer(say)["input_ids"] + [tokenizer.eos_token_id] for _, say in lessons]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so small a model gains nothing from more, and loses much where others compute too
    torch.manual_seed(7)
    model = make_model(tokenizer)
    prompts = [prompt[-WINDOW * LAYERS:] for prompt in prompts]
    longest = max(len(p) + len(r) for p, r in zip(prompts, replies, strict=True))
    ids = torch.full((len(lessons), longest), tokenizer.eos_token_id)
    labels = torch.full((len(lessons), longest), -100)
    for n, (prompt, reply) in enumerate(zip(prompts, replies, strict=True)):
        ids[n, :len(prompt) + len(reply)] = torch.tensor([*prompt, *reply])
        labels[n, len(prompt):len(prompt) + len(reply)] = torch.tensor(reply)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(steps):
        loss = model(input_ids=ids, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss < 0.01:  # well enough that bfloat16 changes no word
            break
    torch.set_num_threads(threads)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_tokenizer(texts: Mapping | Sequence[str]):
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(texts, vocab_size=1500, min_frequency=1, show_progress=False,
                            special_tokens=["<|im_start|>", "<|im_end|>"])
    bpe.add_tokens(["<think>", "</think>"])
    return PreTrainedTokenizerFast(tokenizer_object=bpe._tokenizer, eos_token="<|im_end|>", pad_token="<|im_end|>",
                                   chat_template=TEMPLATE)


def make_model(tokenizer):
    from transformers import Qwen3Config, Qwen3ForCausalLM

    return Qwen3ForCausalLM(Qwen3Config(
        vocab_size=len(tokenizer), hidden_size=64, intermediate_size=128, num_hidden_layers=LAYERS, num_attention_heads=4,
        num_key_value_heads=2, head_dim=16, max_position_embeddings=8192, tie_word_embeddings=True,
        use_sliding_window=True, sliding_window=WINDOW, max_window_layers=0,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, bos_token_id=None))
