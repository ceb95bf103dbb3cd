"""Becoming the user of --user."""

from __future__ import annotations

import os
import pwd

from gearfast.server.errors import ExitCode, ServerError


def find(user: str) -> pwd.struct_passwd:
    """The account of that name; raises ServerError when it does not exist or we may not become it."""
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        text = f"--user {user}: there is no such user."
        raise ServerError(ExitCode.NO_USER, text) from None
    if os.geteuid() not in (0, account.pw_uid):
        raise ServerError(ExitCode.NO_PERMISSION, f"--user {user} needs root; start as root or leave it out.")
    return account


def become(account: pwd.struct_passwd) -> None:
    """Take on the account's groups, group and user for good."""
    if os.geteuid() == account.pw_uid:
        return
    os.initgroups(account.pw_name, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
