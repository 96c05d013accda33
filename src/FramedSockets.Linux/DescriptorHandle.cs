using Microsoft.Win32.SafeHandles;

namespace FramedSockets.Linux;

/// <summary>A file descriptor. It is closed when nobody is in a call on it, so that no call ever meets another file under its number.</summary>
internal sealed class DescriptorHandle : SafeHandleMinusOneIsInvalid
{
    public DescriptorHandle(int descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    // Linux has freed the number also where close was interrupted: it is never closed twice.
    protected override bool ReleaseHandle() => Native.Close((int)handle) == 0;
}
