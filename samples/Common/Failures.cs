using System.Net.Sockets;
using System.Security.Authentication;

namespace Common;

/// <summary>Turns what can go wrong outside the program into one line and an exit code; anything else is a bug and keeps its stack trace.</summary>
public static class Failures
{
    public const int Failed = 1;
    public const int Cancelled = 130;

    /// <summary>Runs a command.</summary>
    public static async Task<int> ReportAsync(Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("cancelled");
            return Cancelled;
        }
        catch (Exception e) when (IsExpected(e))
        {
            await Console.Error.WriteLineAsync($"error: {e.Message}");
            return Failed;
        }
    }

    /// <summary>Whether the disk, the network or the peer is to blame.</summary>
    public static bool IsExpected(Exception e) =>
        e is IOException or UnauthorizedAccessException or SocketException or TimeoutException or AuthenticationException;
}
