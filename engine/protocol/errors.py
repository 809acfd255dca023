"""What can be wrong with a line, one class per kind, each a sentence about the other side."""


class ProtocolError(Exception):
    """A line that the other side should not have sent, or a message that cannot be sent."""


class LineTooLongError(ProtocolError):
    """More than the agreed number of bytes without a line end."""


class HalfLineError(ProtocolError):
    """The stream ended inside a line."""


class NotUtf8Error(ProtocolError):
    """Bytes that are no text."""


class NotJsonError(ProtocolError):
    """Text that is no JSON document."""


class UnknownMessageError(ProtocolError):
    """JSON without a message's name, or with a name that this direction does not have."""


class MissingFieldError(ProtocolError):
    """A known message that lacks a field."""


class UnknownFieldError(ProtocolError):
    """A known message with a field that it does not have."""


class WrongTypeError(ProtocolError):
    """A field that holds another type than it should."""


class WrongValueError(ProtocolError):
    """A field of the right type whose value makes no sense, such as an unknown expression."""


class WrongVersionError(ProtocolError):
    """The other side speaks another version of the protocol."""


class OutOfTurnError(ProtocolError):
    """A well-formed message that does not belong there, such as a job's second ending."""


class UnsendableError(ProtocolError):
    """A message of our own that JSON cannot carry."""
