using System.Net;
using Common;

namespace FileTransfer;

/// <summary>What the server says: each stored file on one writer, what went wrong on the other. Both are thread-safe.</summary>
internal sealed class UploadLog(TextWriter output, TextWriter errors)
{
    public void Stored(StoredFile file) => output.WriteLine($"stored {file}");

    public void Refused(EndPoint? peer, string? name, UploadRefusedException refusal) =>
        errors.WriteLine($"refused '{Printable.Of(name)}' from {peer}: {refusal.Message}{(refusal.InnerException is { } e ? $" ({e.Message})" : "")}");

    public void Dropped(EndPoint? peer, Exception reason) => errors.WriteLine($"dropped {peer}: {reason.Message}");
}
