#!/usr/bin/env python3
"""Decodes a recording, written from FORMAT.md alone: nothing but Python's own library, and zstd's command.

Prints a JSON line for each frame: its number, its time in nanoseconds since the recording began, its mode, the pages of each
plane as runs [first, end), and its VMAs; then a last line with everything else.
"""
import binascii
import json
import struct
import subprocess
import sys

MAGIC = b"\x89MCAP0\r\n"
CHANNEL, MESSAGE, CHUNK, ATTACHMENT, METADATA, DATA_END = 4, 5, 6, 9, 12, 15
PLANES_OF_INTERVAL = {0, 4, 8, 9, 10}  # written, fresh, touched, hot, gone
ALL_PLANES = 11


class Fields:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        self.at += count
        if self.at > len(self.data):
            raise ValueError("a record ends too early")
        return self.data[self.at - count : self.at]

    def number(self, form):
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))[0]

    def text(self):
        return self.take(self.number("I")).decode()

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def text_map(self):
        inner = Fields(self.take(self.number("I")))
        result = {}
        while inner.at < len(inner.data):
            key = inner.text()
            result[key] = inner.text()
        return result


def records(data):
    at = 0
    while at + 9 <= len(data):
        opcode, length = struct.unpack_from("<BQ", data, at)
        if at + 9 + length > len(data):
            return
        yield opcode, Fields(data[at + 9 : at + 9 + length])
        at += 9 + length


def zstd(content):
    return subprocess.run(["zstd", "-dcq"], input=content, stdout=subprocess.PIPE, check=True).stdout


def unpack(chunk):
    chunk.number("Q"), chunk.number("Q")
    size, crc, compression = chunk.number("Q"), chunk.number("I"), chunk.text()
    content = chunk.take(chunk.number("Q"))
    if compression == "zstd":
        content = zstd(content)
    assert len(content) == size and (crc == 0 or binascii.crc32(content) == crc)
    return content


def read_runs(fields):
    count = fields.varint()
    gaps = [fields.varint() for _ in range(count)]
    lengths = [fields.varint() + 1 for _ in range(count)]
    runs, end = [], 0
    for gap, length in zip(gaps, lengths):
        runs.append((end + gap, end + gap + length))
        end += gap + length
    return runs


def exclusive_or(a, b):
    """The pages that are in one of two lists of runs: their borders that do not cancel each other."""
    borders = {}
    for start, end in a + b:
        for border in (start, end):
            borders[border] = not borders.get(border, False)
    kept = sorted(border for border, odd in borders.items() if odd)
    return list(zip(kept[::2], kept[1::2]))


def decode_frame(data, before):
    fields = Fields(data)
    flags = fields.take(1)[0]
    count = fields.take(1)[0] if flags & 4 else 8
    key, mode = flags & 1, "interval" if flags & 2 else "hold"
    sequence, scan, written = fields.varint(), fields.varint(), fields.varint()
    planes = []
    for plane in range(ALL_PLANES):
        runs = read_runs(fields) if plane < count else []
        whole = key or (mode == "interval" and plane in PLANES_OF_INTERVAL)
        planes.append(runs if whole else exclusive_or(before[plane], runs))
    assert fields.at == len(data), "bytes after a frame"
    assert written == sum(end - start for start, end in planes[0])
    return mode, planes


def column(fields, count):
    width = fields.take(1)[0]
    if width == 0:
        return [0] * count
    return list(struct.unpack(f"<{count}{ {1: 'B', 2: 'H', 4: 'I', 8: 'Q'}[width] }", fields.take(count * width)))


def decode_index(data, index):
    """Adds the frames of a part to `index`: of each its time, its counts and its chunk."""
    size = struct.unpack_from("<I", data)[0]
    fields = Fields(zstd(data[4:]))
    assert len(fields.data) == size
    version, _, frames, _, notes = (fields.number("I") for _ in range(5))
    if version == 1:
        times = [int(fields.number("d")) for _ in range(frames)]
        counts = [[fields.number("I") for _ in range(6)] for _ in range(frames)]
        chunks = [fields.number("I") for _ in range(frames)]
    else:
        runs = fields.number("I")
        times, time = [], index[-1][0] if index else 0
        for step in column(fields, frames):
            time += step
            times.append(time)
        counts = [list(row) for row in zip(*(column(fields, frames) for _ in range(6)))]
        chunks, chunk = [], index[-1][2] if index else 0
        for step, length in zip(column(fields, runs), column(fields, runs)):
            chunk += step
            chunks += [chunk] * length
    assert fields.at + notes == size
    assert len(times) == len(counts) == len(chunks) == frames
    index.extend(zip(times, counts, chunks))


def main(path):
    with open(path, "rb") as file:
        data = file.read()
    assert data.startswith(MAGIC)
    topics, metadata, planes = {}, {}, None
    other = {"statistics": [], "operations": [], "marks": [], "process_events": [], "writers": []}
    index = []
    for opcode, record in records(data[len(MAGIC) :]):
        if opcode == METADATA:
            name, values = record.text(), record.text_map()
            if name == "soft-dirty-inspector":
                metadata = {key: json.loads(value) for key, value in values.items()}
        elif opcode == CHANNEL:
            number, _ = record.number("H"), record.number("H")
            topics[number] = record.text()
        elif opcode == DATA_END:
            break
        elif opcode == ATTACHMENT:
            record.number("Q"), record.number("Q")
            name, _ = record.text(), record.text()
            if name.startswith("soft-dirty-inspector/index/"):
                decode_index(record.take(record.number("Q")), index)
        elif opcode == CHUNK:
            base, vmas = metadata["recordedAt"] * 1_000_000, None
            for inner, message in records(unpack(record)):
                if inner != MESSAGE:
                    continue
                topic, number = topics[message.number("H")], message.number("I")
                time, _ = message.number("Q"), message.number("Q")
                body = message.data[message.at :]
                if topic == "/frames":
                    mode, planes = decode_frame(body, planes)
                    line = {"frame": number, "timeNs": time - base, "mode": mode, "planes": planes, "vmas": vmas}
                    print(json.dumps(line))
                elif topic == "/vmas":
                    vmas = json.loads(body)["vmas"]
                else:
                    other[topic[1:]].append(json.loads(body))
    print(json.dumps({**other, "metadata": metadata, "index": index}))


main(sys.argv[1])
