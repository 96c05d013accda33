using Microsoft.Win32.SafeHandles;

namespace FramedSockets.Tcp;

/// <summary>
/// Open files that can be given up. A process that has no descriptor left cannot start a thread either, and the runtime ends it
/// for that: so there are some to give up while nothing can be accepted, and they are taken back before the next accept, which
/// would otherwise take them. One caller at a time.
/// </summary>
/// <param name="path">What is opened.</param>
internal sealed class SpareDescriptors(string path = "/dev/null") : IDisposable
{
    /// <summary>Enough for a dozen threads, of two or three descriptors each.</summary>
    public const int Most = 32;

    // ENFILE and EMFILE, wherever there are any.
    private const int SystemHasNone = 23;
    private const int ProcessHasNone = 24;

    private readonly List<SafeFileHandle> _held = new(OperatingSystem.IsWindows() ? 0 : Most);

    /// <summary>How many are held.</summary>
    public int Count => _held.Count;

    /// <summary>Takes those that are missing; false, and none taken, where there are not as many left.</summary>
    public bool TryHold()
    {
        try
        {
            while (_held.Count < _held.Capacity)
            {
                _held.Add(File.OpenHandle(path, share: FileShare.ReadWrite));
            }
        }
        catch (IOException e) when (e.HResult is SystemHasNone or ProcessHasNone)
        {
            Dispose();
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A process that may not see the file is no worse off than one that has no spare ones.
        }

        return true;
    }

    /// <summary>Gives all of them up.</summary>
    public void Dispose()
    {
        _held.ForEach(file => file.Dispose());
        _held.Clear();
    }
}
