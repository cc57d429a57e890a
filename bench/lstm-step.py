"""Times a training step of the LSTM of libs/language in PyTorch: `python3 lstm-step.py SETTINGS`, SETTINGS as JSON. Prints JSON."""

import json
import sys
import time

import torch
from torch import nn

settings = json.loads(sys.argv[1])
vocabulary, embedding, hidden = settings["vocabulary"], settings["embedding"], settings["hidden"]
torch.set_num_threads(settings["threads"])
torch.set_num_interop_threads(1)
torch.manual_seed(1)


class LanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(vocabulary, embedding)
        self.lstm = nn.LSTM(embedding, hidden, settings["layers"])
        self.output = nn.Linear(hidden, vocabulary)

    def forward(self, tokens):
        return self.output(self.lstm(self.words(tokens))[0].flatten(0, 1))


model = LanguageModel()
loss_of = nn.CrossEntropyLoss()
adam = torch.optim.Adam(model.parameters(), lr=settings["learningRate"])


def step():
    words = torch.randint(vocabulary, (settings["steps"] + 1, settings["batch"]))
    began = time.perf_counter()
    adam.zero_grad()
    loss = loss_of(model(words[:-1]), words[1:].flatten())
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), settings["clipNorm"])
    adam.step()
    last = loss.item()
    return (time.perf_counter() - began) * 1000, last


for _ in range(settings["warmUp"]):
    step()
times = [step() for _ in range(settings["timed"])]
print(json.dumps({"version": torch.__version__, "milliseconds": [ms for ms, _ in times], "loss": times[-1][1]}))
