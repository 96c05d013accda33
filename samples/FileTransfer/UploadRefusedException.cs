namespace FileTransfer;

/// <summary>An upload is not taken, and the server goes on. The message is what the client is told: no paths of the server.</summary>
internal sealed class UploadRefusedException(string reason, Exception? innerException = null) : Exception(reason, innerException);
