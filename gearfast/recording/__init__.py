"""Reading what `gearfast --record` wrote; the format is told in docs/recordings.md."""

from gearfast.recording.events import Ending, Event, Kind, Submit, Update
from gearfast.recording.reader import Recording, RecordingError

__all__ = ["Ending", "Event", "Kind", "Recording", "RecordingError", "Submit", "Update"]
