namespace FileTransfer;

/// <summary>A file that is complete.</summary>
/// <param name="Name">Its name in the folder.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Sha256">Its hash, in lower-case hex.</param>
internal sealed record StoredFile(string Name, long Length, string Sha256)
{
    public override string ToString() => $"{Name} {Length} {Sha256}";
}
