"""A process that does nothing but run pure Python when told to, as Child.

python -m tests.stress.spinner_process
"""

from __future__ import annotations

from tests.support.child import Spinner, answer_questions


def main() -> None:
    spinner = Spinner()
    answer_questions(spinner.verbs())
    spinner.stop()


if __name__ == "__main__":
    main()
