using System.Text;
using Common;

namespace FileTransfer;

/// <summary>
/// Judges a name that a stranger chose. Only what is a plain, visible file name on every system passes, so that a name can
/// neither leave the folder nor mean a device, wherever the server runs.
/// </summary>
internal static class SafeFileName
{
    private const int MaxBytes = 255;
    private const string NotPortable = "/\\:*?\"<>|";
    private static readonly string[] Devices = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

    /// <summary>Why a name is refused, or <see langword="null"/> when it is safe.</summary>
    public static string? Refusal(string? name) => name switch
    {
        null or "" => "the name is empty",
        _ when name.StartsWith('.') => "the name starts with a dot",
        _ when name.EndsWith('.') || name.StartsWith(' ') || name.EndsWith(' ') => "the name starts or ends with a space, or ends with a dot",
        _ when Encoding.UTF8.GetByteCount(name) > MaxBytes => $"the name is longer than {MaxBytes} bytes",
        _ when !name.EnumerateRunes().All(IsPlain) => "the name holds a character that is not allowed in file names",
        _ when IsDevice(name) => "the name means a device",
        _ => null,
    };

    private static bool IsPlain(Rune rune) => Printable.IsInName(rune) && !(rune.IsAscii && NotPortable.AsSpan().Contains((char)rune.Value));

    /// <summary>Windows reserves these names in every folder, with any extension: COM1, lpt9.txt, NUL.tar.gz …</summary>
    private static bool IsDevice(string name)
    {
        var stem = name.Split('.')[0].TrimEnd(' ');
        return Devices.Contains(stem, StringComparer.OrdinalIgnoreCase) || IsPort(stem, "COM") || IsPort(stem, "LPT");
    }

    private static bool IsPort(string stem, string kind) =>
        stem.Length == 4 && stem.StartsWith(kind, StringComparison.OrdinalIgnoreCase) && "0123456789¹²³".AsSpan().Contains(stem[3]);
}
