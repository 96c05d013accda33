namespace FileTransfer;

/// <summary>A file cannot be sent, and nothing of it was.</summary>
internal sealed class UnreadableFileException(string reason, Exception? innerException = null) : Exception(reason, innerException);
