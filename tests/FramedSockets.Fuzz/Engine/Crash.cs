using System.Security.Cryptography;

namespace FramedSockets.Fuzz.Engine;

/// <summary>An input that a target failed on, and how.</summary>
internal sealed record Crash(string Target, byte[] Input, string Failure)
{
    /// <summary>The name of its file: the target, and the beginning of a hash.</summary>
    public string FileName => $"{Target}-{Convert.ToHexStringLower(SHA256.HashData(Input))[..12]}.hex";

    /// <summary>The target of a file.</summary>
    public static string TargetOf(string file) => Path.GetFileName(file).Split('-')[0];

    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        var what = Failure.Split('\n')[0].TrimEnd();
        File.WriteAllText(Path.Combine(folder, FileName), $"# {what}\n{Convert.ToHexStringLower(Input)}\n");
    }
}
