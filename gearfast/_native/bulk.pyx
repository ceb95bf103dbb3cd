"""Many jobs of a client at once: made, acknowledged and ended without a call into Python for each.

`gearfast/client/pure.py` is the same in Python, and says what all this means.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.object cimport PyObject, PyTypeObject
from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memcpy

from time import monotonic

from gearfast._native.c_core cimport GF_HEADER_SIZE, GF_JOB_CREATED, GF_MAGIC_REQ, GF_WORK_COMPLETE
from gearfast._native.packet cimport put_head

cdef double NEVER = float("inf")
cdef Py_ssize_t BODY_MAX = 0xFFFFFFFF
cdef tuple NOTHING = ()


cdef class RequestFields:
    """What a request knows."""

    cdef public bytes packet
    cdef public object home
    cdef public bint settled
    cdef public object error
    cdef public double place_by
    cdef public object _waiters

    def __cinit__(self):
        self.packet = b""
        self.place_by = NEVER


cdef class JobFields(RequestFields):
    """What a job knows besides."""

    cdef public object submission
    cdef public object serializer
    cdef public bint accepted
    cdef public bint hears_packets
    cdef public object _handle
    cdef public object _events
    cdef public object _result
    cdef public object _progress
    cdef public object _client
    cdef public double _deadline

    def __cinit__(self):
        self._result = b""
        self._deadline = NEVER


cdef bytes packet_of(uint32_t packet_type, bytes prefix, bytes data):
    """SUBMIT_JOB of this type; the prefix is all of its body but the data."""
    cdef Py_ssize_t size = len(prefix) + len(data)
    if size > BODY_MAX:
        raise ValueError(f"a packet holds 4 GiB, not {size} bytes")
    cdef bytes packet = PyBytes_FromStringAndSize(NULL, GF_HEADER_SIZE + size)
    cdef char *out = PyBytes_AS_STRING(packet)
    put_head(<uint8_t *>out, GF_MAGIC_REQ, packet_type, <uint32_t>size)
    memcpy(out + GF_HEADER_SIZE, PyBytes_AS_STRING(prefix), len(prefix))
    memcpy(out + GF_HEADER_SIZE + len(prefix), PyBytes_AS_STRING(data), len(data))
    return packet


def make_jobs(list made not None, type kind not None, submission, serializer, client, items) -> None:
    """Append a job of this kind for each item. What an item or its serializing raises leaves those before."""
    if not issubclass(kind, JobFields):
        raise TypeError(f"{kind!r} is no kind of job")
    cdef object dumps = serializer.dumps
    cdef uint32_t packet_type = submission.packet_type
    cdef bytes prefix = submission.prefix
    cdef object timeout = submission.timeout
    cdef bint hears_packets = kind._hears_all
    cdef object data
    cdef bytes packet
    cdef JobFields job
    for item in items:
        data = dumps(item)
        if type(data) is not bytes:
            data = b"".join((data,))
        packet = packet_of(packet_type, prefix, data)
        job = <JobFields>(<PyTypeObject *>kind).tp_new(kind, <PyObject *>NOTHING, NULL)
        job.packet = packet
        job.submission = submission
        job.serializer = serializer
        job.hears_packets = hears_packets
        job._client = client
        if timeout is not None:
            job._deadline = monotonic() + timeout
        made.append(job)


cdef int tell(RequestFields request) except -1:
    """Tell those who wait for a change."""
    if request._waiters is not None:
        request.changed()
    return 0


cdef bint accept(object link, dict jobs, JobFields job, bytes handle, bint background, bint again) except -1:
    """JOB_CREATED."""
    job._handle = handle
    job.accepted = True
    job.home = link
    if background:
        job.settled = True
    if not again:
        job.packet = b""
    if not background and not job.settled:
        if handle in jobs:
            link.attach(handle, job)
        else:
            jobs[handle] = job
    tell(job)


def settle(list packets not None, Py_ssize_t at, link, unanswered, dict jobs not None) -> int:
    """Take packets, from the one at this place on, as long as they are the usual ones of ordinary jobs.

    Returns the place of the first that is not.
    """
    cdef Py_ssize_t count = len(packets)
    cdef object submission = None, found, popleft = unanswered.popleft
    cdef bint background = False, again = False
    cdef tuple packet, arguments
    cdef JobFields job
    cdef long kind
    while at < count:
        packet = <tuple>packets[at]
        kind = packet[0]
        arguments = <tuple>packet[1]
        if kind == GF_JOB_CREATED:
            if not unanswered:
                break
            found = popleft()
            if not isinstance(found, JobFields) or (<JobFields>found).hears_packets:
                unanswered.appendleft(found)
                break
            job = <JobFields>found
            if job.submission is not submission:
                submission = job.submission
                background, again = submission.background, submission.retries > 0
            accept(link, jobs, job, <bytes>arguments[0], background, again)
        elif kind == GF_WORK_COMPLETE:
            found = jobs.get(arguments[0])
            if not isinstance(found, JobFields) or (<JobFields>found).hears_packets:
                break
            job = <JobFields>found
            del jobs[arguments[0]]
            job._result = arguments[1]
            job.settled = True
            tell(job)
        else:
            break
        at += 1
    return at


def take_results(jobs not None, Py_ssize_t most) -> list[bytes]:
    """The results, as they were sent, of up to so many jobs at the front that ended well; these are taken."""
    cdef list results = []
    cdef object popleft = jobs.popleft
    cdef JobFields job
    while jobs and len(results) < most:
        job = jobs[0]
        if not job.settled or job.error is not None or job.submission.background:
            break
        popleft()
        results.append(job._result)
    return results
