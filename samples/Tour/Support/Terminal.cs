using System.Runtime.CompilerServices;
using Common;

namespace Tour.Support;

/// <summary>What the user types.</summary>
internal static class Terminal
{
    private static bool IsSession => !Console.IsInputRedirected && !Console.IsOutputRedirected;

    /// <summary>The texts of the command line or, where there are none, lines until <c>bye</c>, an empty one or the end.</summary>
    /// <remarks>An empty text is nothing where no framing says that it is there.</remarks>
    public static async IAsyncEnumerable<string> ReadTextsAsync(
        string[] texts, Framing framing, [EnumeratorCancellation] CancellationToken stop)
    {
        foreach (var text in texts.Where(text => text.Length > 0 || framing != Framing.Raw))
        {
            yield return text;
        }

        try
        {
            while (texts.Length == 0)
            {
                var line = await ReadLineAsync(stop);
                if (string.IsNullOrEmpty(line) || line.Equals("bye", StringComparison.OrdinalIgnoreCase))
                {
                    yield break;
                }

                yield return line;
            }
        }
        finally
        {
            // Ctrl-C leaves the cursor in the line where it was pressed, at the prompt or before an answer.
            EndLine(texts.Length == 0 && stop.IsCancellationRequested);
        }
    }

    private static async Task<string?> ReadLineAsync(CancellationToken stop)
    {
        if (IsSession)
        {
            Console.Write("> ");
        }

        var line = await Keyboard.ReadLineAsync(stop);
        EndLine(line is null);
        return line;
    }

    private static void EndLine(bool isOpen)
    {
        if (isOpen && IsSession)
        {
            Console.WriteLine();
        }
    }
}
