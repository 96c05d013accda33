using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Common;

/// <summary>
/// Lines from stdin. On a terminal the terminal itself edits and echoes them, as it does for every program that just reads: the
/// console of .NET would show again what was typed before it was asked for.
/// </summary>
public static class Keyboard
{
    private static readonly StreamReader Lines = new(Open(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));

    /// <summary>The next line; <see langword="null"/> at the end. A read cannot be taken back: one that is cancelled is left behind.</summary>
    public static Task<string?> ReadLineAsync(CancellationToken cancellationToken) =>
        Task.Run(Lines.ReadLine, cancellationToken).WaitAsync(cancellationToken);

    private static Stream Open() => OperatingSystem.IsWindows()
        ? Console.OpenStandardInput()
        : new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);
}
