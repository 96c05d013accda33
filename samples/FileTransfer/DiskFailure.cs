namespace FileTransfer;

/// <summary>What is the disk's fault, and how a client is told of it: without a path.</summary>
internal static class DiskFailure
{
    // ENOSPC and EDQUOT of Linux, and ERROR_DISK_FULL of Windows.
    private static readonly int[] Full = [28, 122, unchecked((int)0x80070070)];

    public static bool Is(Exception e) => e is IOException or UnauthorizedAccessException;

    public static UploadRefusedException Refusal(Exception e) =>
        new(Full.Contains(e.HResult) ? "the server's disk is full" : "the server could not write the file", e);
}
