"""Serves every MP4 of a folder over RTSP with Debian's gst-rtsp-server: a camera that somebody else wrote.

/usr/bin/python3 serve.py FOLDER [--host 127.0.0.1] [--port 0]

Each clip NAME.mp4 is played in a loop at rtsp://HOST:PORT/NAME. When it listens it prints one line of JSON: {"port": N, "clips": [NAME, ...]}.
It ends on SIGINT, on SIGTERM, and when its standard input closes, so that it never outlives the test that started it.
"""

import argparse
import json
import pathlib
import signal
import sys
import threading

MISSING_PACKAGES = 3

try:
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtspServer
except (ImportError, ValueError) as error:
    print(error, file=sys.stderr)
    sys.exit(MISSING_PACKAGES)

NEEDED_ELEMENTS = ("filesrc", "qtdemux", "h264parse", "rtph264pay", "h265parse", "rtph265pay", "jpegparse", "rtpjpegpay", "appsrc", "appsink")
# For each codec, as qtdemux names it: what its packets are made with, and what they are like.
CODECS = {
    "video/x-h264": ("h264parse config-interval=-1", "video/x-h264,stream-format=byte-stream,alignment=au", "h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1"),
    "video/x-h265": ("h265parse config-interval=-1", "video/x-h265,stream-format=byte-stream,alignment=au", "h265parse ! rtph265pay name=pay0 pt=96 config-interval=-1"),
    "image/jpeg": ("jpegparse", "image/jpeg", "jpegparse ! rtpjpegpay name=pay0 pt=26"),
}


def location_of(path):
    return str(path).replace("\\", "\\\\").replace('"', '\\"')


def codec_of(path):
    """The codec of a file's video, as a row of CODECS; None where it has none of them."""
    pipeline = Gst.parse_launch(f'filesrc location="{location_of(path)}" ! qtdemux name=demux demux.video_0 ! fakesink')
    pipeline.set_state(Gst.State.PAUSED)
    pipeline.get_state(10 * Gst.SECOND)
    pad = pipeline.get_by_name("demux").get_static_pad("video_0")
    caps = pad and pad.get_current_caps()
    pipeline.set_state(Gst.State.NULL)
    return caps and CODECS.get(caps.get_structure(0).get_name())


class Clip:
    """The coded pictures of one file in decode order, read when somebody first asks for them."""

    def __init__(self, path, codec):
        self.path = path
        self._parse, self._caps, _ = codec
        self._pictures = None
        self._lock = threading.Lock()

    def pictures(self):
        """([(bytes, pts in ns, dts in ns or None), ...], ns of one round)."""
        with self._lock:
            if self._pictures is None:
                self._pictures = self._read()
            return self._pictures

    def _read(self):
        pipeline = Gst.parse_launch(
            f'filesrc location="{location_of(self.path)}" ! qtdemux name=demux demux.video_0 ! {self._parse} ! {self._caps} ! appsink name=sink sync=false'
        )
        sink = pipeline.get_by_name("sink")
        pipeline.set_state(Gst.State.PLAYING)
        pictures = []
        while (sample := sink.emit("pull-sample")) is not None:
            buffer = sample.get_buffer()
            dts = None if buffer.dts == Gst.CLOCK_TIME_NONE else buffer.dts
            pictures.append((buffer.extract_dup(0, buffer.get_size()), buffer.pts, dts))
        pipeline.set_state(Gst.State.NULL)
        if not pictures:
            raise RuntimeError(f"{self.path} holds no video")
        # From the interval between them: jpegparse gives no durations.
        shown = sorted(pts for _, pts, _ in pictures)
        return pictures, (shown[-1] - shown[0]) * len(shown) // max(1, len(shown) - 1)


def feed_in_a_loop(_factory, media, clip):
    """Gives a new viewer's pipeline the clip's pictures, round after round, their times always going on."""
    pictures, round_ns = clip.pictures()
    position = 0

    def on_need_data(source, _bytes):
        nonlocal position
        rounds, index = divmod(position, len(pictures))
        data, pts, dts = pictures[index]
        # A new buffer each time: what copy() gives in Python is the same buffer, and times added to it would add up.
        buffer = Gst.Buffer.new_wrapped(data)
        buffer.pts = pts + rounds * round_ns
        if dts is not None:
            buffer.dts = dts + rounds * round_ns
        position += 1
        source.emit("push-buffer", buffer)

    media.get_element().get_by_name("source").connect("need-data", on_need_data)


def factory_for(path, codec):
    _, caps, pay = codec
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(f"( appsrc name=source format=time caps={caps} ! {pay} )")
    factory.connect("media-configure", feed_in_a_loop, Clip(path, codec))
    return factory


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--host", default="127.0.0.1")
    arguments.add_argument("--port", default="0")
    options = arguments.parse_args()

    Gst.init(None)
    absent = [name for name in NEEDED_ELEMENTS if Gst.ElementFactory.find(name) is None]
    if absent:
        print(f"GStreamer has no {', '.join(absent)}", file=sys.stderr)
        return MISSING_PACKAGES

    server = GstRtspServer.RTSPServer()
    server.set_address(options.host)
    server.set_service(options.port)
    found = {path: codec_of(path) for path in sorted(options.folder.resolve().glob("*.mp4"))}
    clips = [path for path, codec in found.items() if codec]
    for clip in clips:
        server.get_mount_points().add_factory(f"/{clip.stem}", factory_for(clip, found[clip]))
    if server.attach(None) == 0:
        print(f"cannot listen on {options.host}:{options.port}", file=sys.stderr)
        return 1

    loop = GLib.MainLoop()
    for number in (signal.SIGINT, signal.SIGTERM):
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, loop.quit)
    GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_HIGH, GLib.IOCondition.HUP, lambda *_: loop.quit())
    print(json.dumps({"port": server.get_bound_port(), "clips": [clip.stem for clip in clips]}), flush=True)
    loop.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
