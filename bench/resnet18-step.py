"""Times a training step of ResNet18 in PyTorch: `python3 resnet18-step.py SETTINGS`, SETTINGS as JSON. Prints JSON."""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional

settings = json.loads(sys.argv[1])
side, batch, classes = settings["side"], settings["batch"], settings["classes"]
torch.set_num_threads(settings["threads"])
torch.set_num_interop_threads(1)
torch.manual_seed(1)


class Block(nn.Module):
    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = None
        if stride > 1:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x):
        around = x if self.downsample is None else self.downsample(x)
        x = functional.relu(self.bn1(self.conv1(x)), inplace=True)
        return functional.relu(self.bn2(self.conv2(x)) + around, inplace=True)


class ResNet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)
        )
        blocks = []
        for inputs, channels in [(64, 64), (64, 128), (128, 256), (256, 512)]:
            blocks += [Block(inputs, channels, channels // inputs), Block(channels, channels, 1)]
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(512, classes)

    def forward(self, x):
        return self.fc(self.blocks(self.stem(x)).mean((2, 3)))


model = ResNet18()
loss_of = nn.CrossEntropyLoss()
adam = torch.optim.Adam(model.parameters(), lr=settings["learningRate"])


def step():
    images, labels = torch.randn(batch, 3, side, side), torch.randint(classes, (batch,))
    began = time.perf_counter()
    adam.zero_grad()
    loss = loss_of(model(images), labels)
    loss.backward()
    adam.step()
    last = loss.item()
    return (time.perf_counter() - began) * 1000, last


for _ in range(settings["warmUp"]):
    step()
times = [step() for _ in range(settings["timed"])]
print(json.dumps({"version": torch.__version__, "milliseconds": [ms for ms, _ in times], "loss": times[-1][1]}))
