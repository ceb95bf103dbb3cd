"""csrc: how connections are accepted, read and written."""

from libc.stdint cimport uint32_t


cdef extern from "<sys/epoll.h>" nogil:
    enum:
        EPOLLIN
        EPOLLOUT
        EPOLLERR
        EPOLLHUP
        EPOLLRDHUP
        EPOLLPRI
        EPOLLET


cdef extern from "<sys/uio.h>" nogil:
    struct iovec:
        void *iov_base
        size_t iov_len


cdef extern from "gf_socket.h" nogil:
    enum:
        GF_ADDRESS_MAX
        GF_SOCKET_IOV

    ssize_t gf_socket_receive(int fd, const iovec *into, int count)
    ssize_t gf_socket_send(int fd, iovec *source, int count)
    void gf_socket_discard(int fd, void *scratch, uint32_t size)
    int gf_socket_accept(int listener, char *address, uint32_t *size)
