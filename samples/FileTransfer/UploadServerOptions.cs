using System.Net;

namespace FileTransfer;

/// <summary>Where the server listens, and what it takes.</summary>
/// <param name="EndPoint">The address; a port of 0 lets the system choose.</param>
/// <param name="MaxFile">The longest file, in bytes.</param>
/// <param name="Count">After how many files the server has enough; <see langword="null"/> for never.</param>
internal sealed record UploadServerOptions(EndPoint EndPoint, long MaxFile = UploadServerOptions.DefaultMaxFile, int? Count = null)
{
    public const long DefaultMaxFile = 4L << 30;
}
