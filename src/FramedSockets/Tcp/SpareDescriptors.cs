using Microsoft.Win32.SafeHandles;

namespace FramedSockets.Tcp;

/// <summary>
/// Open files that can be given up. A process that has no descriptor left cannot start a thread either, and the runtime ends it
/// for that: so there are some to give up while nothing can be accepted, and they are taken back before the next accept, which
/// would otherwise take them. One caller at a time.
/// </summary>
internal sealed class SpareDescriptors : IDisposable
{
    /// <summary>Enough for a dozen threads, of two or three descriptors each.</summary>
    public const int Most = 32;

    private readonly List<SafeFileHandle> _held = new(OperatingSystem.IsWindows() ? 0 : Most);

    /// <summary>How many are held.</summary>
    public int Count => _held.Count;

    /// <summary>Takes those that are missing; false, and none taken, where the system has not as many to give.</summary>
    public bool TryHold()
    {
        try
        {
            while (_held.Count < _held.Capacity)
            {
                _held.Add(File.OpenHandle("/dev/null", share: FileShare.ReadWrite));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Dispose();
            return false;
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
